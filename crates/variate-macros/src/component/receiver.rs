use syn::{Error, GenericArgument, PathArguments, Receiver, Result, Type};

/// How a method takes its component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// `&self`
    Shared,
    /// `&mut self`
    Mutably,
    /// `self`
    Owned,
    /// `self: Box<Self>`
    Boxed,
}

impl Taken {
    pub(super) fn of(receiver: &Receiver) -> Result<Self> {
        if receiver.colon_token.is_none() {
            return Ok(match (&receiver.reference, receiver.mutability) {
                (None, _) => Self::Owned,
                (Some(_), None) => Self::Shared,
                (Some(_), Some(_)) => Self::Mutably,
            });
        }
        match &*receiver.ty {
            Type::Reference(reference) if is_self(&reference.elem) => {
                Ok(match reference.mutability {
                    None => Self::Shared,
                    Some(_) => Self::Mutably,
                })
            }
            ty if is_self(ty) => Ok(Self::Owned),
            ty if is_box_of_self(ty) => Ok(Self::Boxed),
            ty => Err(Error::new_spanned(
                ty,
                "an arm cannot be taken like this: take `&self`, `&mut self`, `self` or `self: Box<Self>`, \
                 and put the component as a whole into the `Arc`, `Rc` or `Pin`",
            )),
        }
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self"))
}

fn is_box_of_self(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return false;
    };
    last.ident == "Box"
        && arguments.args.len() == 1
        && matches!(arguments.args.first(), Some(GenericArgument::Type(inner)) if is_self(inner))
}
