use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    AngleBracketedGenericArguments, Error, GenericArgument, PathArguments, Result, ReturnType,
    Signature, Type, TypeParamBound,
};

/// What a method returns.
pub(super) enum Returned {
    /// A value.
    Value,
    /// `async fn`
    Async,
    /// `impl Future<Output = ..>`, and whether it is `Send`.
    Future { output: Type, is_send: bool },
    /// `Pin<Box<dyn Future<Output = ..>>>`, and whether it is `Send`.
    Boxed { output: Type, is_send: bool },
    /// `impl Iterator`
    Iterator,
}

impl Returned {
    pub(super) fn of(signature: &Signature) -> Result<Self> {
        let ReturnType::Type(_, ty) = &signature.output else {
            return Ok(match signature.asyncness {
                Some(_) => Self::Async,
                None => Self::Value,
            });
        };
        let inner = match &**ty {
            Type::ImplTrait(opaque) => opaque.bounds.to_token_stream(),
            ty => ty.to_token_stream(),
        };
        if let Some(found) = find_ident(inner, "impl") {
            return Err(Error::new_spanned(
                found,
                "the types of arms differ here: return `impl Iterator` or `impl Future` as a whole, \
                 or a type that has a name, such as a `Box<dyn ..>`",
            ));
        }
        if signature.asyncness.is_some() {
            return match &**ty {
                Type::ImplTrait(opaque) => Err(Error::new_spanned(
                    opaque,
                    "an asynchronous method returns a type that has a name, such as a `Box<dyn ..>`: the types of arms differ",
                )),
                _ => Ok(Self::Async),
            };
        }
        match &**ty {
            Type::ImplTrait(opaque) => Self::of_opaque(opaque),
            ty => Ok(match boxed_future(ty) {
                Some((output, is_send)) => Self::Boxed { output, is_send },
                None => Self::Value,
            }),
        }
    }

    fn of_opaque(opaque: &syn::TypeImplTrait) -> Result<Self> {
        if let Some(output) = future_output(opaque.bounds.iter()) {
            let is_send = has_bound(opaque.bounds.iter(), "Send");
            return Ok(Self::Future { output, is_send });
        }
        for bound in &opaque.bounds {
            if let TypeParamBound::Trait(bound) = bound
                && let Some(last) = bound.path.segments.last()
            {
                let name = last.ident.to_string();
                let known = [
                    "Iterator",
                    "DoubleEndedIterator",
                    "ExactSizeIterator",
                    "FusedIterator",
                    "Clone",
                    "Debug",
                    "Send",
                    "Sync",
                    "Unpin",
                    "Sized",
                ];
                if !known.contains(&&*name) {
                    return Err(Error::new_spanned(
                        bound,
                        "the types of arms differ here: of `impl` types there can be `impl Iterator` and \
                         `impl Future`; return anything else as a `Box<dyn ..>`",
                    ));
                }
            }
        }
        let is_iterator = opaque.bounds.iter().any(|bound| {
            matches!(bound, TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Iterator")))
        });
        if is_iterator {
            Ok(Self::Iterator)
        } else {
            Err(Error::new_spanned(
                opaque,
                "the types of arms differ here: of `impl` types there can be `impl Iterator` and \
                 `impl Future`; return anything else as a `Box<dyn ..>`",
            ))
        }
    }

    pub(super) const fn is_awaited(&self) -> bool {
        matches!(self, Self::Async | Self::Future { .. } | Self::Boxed { .. })
    }

    pub(super) const fn is_send(&self) -> bool {
        matches!(
            self,
            Self::Future { is_send: true, .. } | Self::Boxed { is_send: true, .. }
        )
    }

    /// The type of the value that a caller gets in the end.
    pub(super) fn output<'t>(&'t self, signature: &'t Signature) -> Option<&'t Type> {
        match (self, &signature.output) {
            (Self::Future { output, .. } | Self::Boxed { output, .. }, _) => Some(output),
            (_, ReturnType::Type(_, ty)) => Some(ty),
            (_, ReturnType::Default) => None,
        }
    }
}

/// Whether a type is a `Result`, as far as its name tells.
pub(super) fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result")))
}

/// The first of these identifiers in a piece of code.
pub(super) fn find_ident(tokens: TokenStream, name: &str) -> Option<proc_macro2::Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == name => Some(ident),
        TokenTree::Group(group) => find_ident(group.stream(), name),
        _ => None,
    })
}

fn has_bound<'b>(mut bounds: impl Iterator<Item = &'b TypeParamBound>, name: &str) -> bool {
    bounds.any(|bound| {
        matches!(bound, TypeParamBound::Trait(bound)
        if bound.path.segments.last().is_some_and(|last| last.ident == name))
    })
}

fn future_output<'b>(mut bounds: impl Iterator<Item = &'b TypeParamBound>) -> Option<Type> {
    bounds.find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound.path.segments.last()?;
        let arguments = arguments(&last.arguments).filter(|_| last.ident == "Future")?;
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => {
                Some(output.ty.clone())
            }
            _ => None,
        })
    })
}

/// The output of `Pin<Box<dyn Future<Output = ..>>>` or `BoxFuture<..>`, and whether it is `Send`.
fn boxed_future(ty: &Type) -> Option<(Type, bool)> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let inner = arguments(&last.arguments)?.args.last();
    let Some(GenericArgument::Type(inner)) = inner else {
        return None;
    };
    if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
        return Some((inner.clone(), last.ident == "BoxFuture"));
    }
    let Type::Path(boxed) = inner else {
        return None;
    };
    let boxed = boxed.path.segments.last()?;
    let Some(GenericArgument::Type(Type::TraitObject(object))) =
        arguments(&boxed.arguments)?.args.first()
    else {
        return None;
    };
    let output = future_output(object.bounds.iter())?;
    (last.ident == "Pin" && boxed.ident == "Box")
        .then(|| (output, has_bound(object.bounds.iter(), "Send")))
}

fn arguments(arguments: &PathArguments) -> Option<&AngleBracketedGenericArguments> {
    match arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}
