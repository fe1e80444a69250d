use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    AngleBracketedGenericArguments, Error, FnArg, GenericArgument, Lifetime, PathArguments, Result,
    ReturnType, Signature, Type, TypeParamBound,
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
        if let Some(found) = find_ident(ty.to_token_stream(), "use") {
            return Err(Error::new_spanned(
                found,
                "a component's type is another one than its arms': leave `use<..>` out, as a trait needs none",
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
            Type::ImplTrait(opaque) => {
                let returned = Self::of_opaque(opaque)?;
                if matches!(returned, Self::Future { .. }) {
                    check_elided(opaque.bounds.iter().find_map(lifetime), signature)?;
                }
                Ok(returned)
            }
            ty => match boxed_future(ty) {
                Some(future) => {
                    let is_lent = matches!(signature.inputs.first(), Some(FnArg::Receiver(this)) if this.reference.is_some());
                    match &future.lifetime {
                        Some(lifetime) if lifetime.ident != "static" => {
                            check_elided(Some(lifetime), signature)?;
                        }
                        _ if is_lent => {
                            return Err(Error::new_spanned(
                                ty,
                                "the component's future runs in an arm that is lent to it: let it live no longer than `self`, \
                                 as a `Box<dyn Future<..> + '_>` or a `BoxFuture<'_, ..>` does",
                            ));
                        }
                        _ => {}
                    }
                    Ok(Self::Boxed {
                        output: future.output,
                        is_send: future.is_send,
                    })
                }
                None => Ok(Self::Value),
            },
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

fn lifetime(bound: &TypeParamBound) -> Option<&Lifetime> {
    match bound {
        TypeParamBound::Lifetime(lifetime) => Some(lifetime),
        _ => None,
    }
}

/// A future that lives as long as `'_` has nothing of what else is lent to the method, but the component's has.
fn check_elided(lifetime: Option<&Lifetime>, signature: &Signature) -> Result<()> {
    let is_elided = |lifetime: &Lifetime| lifetime.ident == "_";
    let is_lent = signature.inputs.iter().any(|argument| {
        matches!(argument, FnArg::Typed(argument)
            if matches!(&*argument.ty, Type::Reference(lent)
                if lent.lifetime.as_ref().is_none_or(is_elided)))
    });
    match lifetime {
        Some(lifetime) if is_elided(lifetime) && is_lent => Err(Error::new_spanned(
            lifetime,
            "the component's future holds all that the method is given until it has selected an arm: give `&'a self` and \
             what else is lent one lifetime, and name it here",
        )),
        _ => Ok(()),
    }
}

/// A future in a box.
struct BoxedFuture {
    output: Type,
    is_send: bool,
    /// How long it lives, if that is said.
    lifetime: Option<Lifetime>,
}

/// `Pin<Box<dyn Future<Output = ..>>>` or `BoxFuture<..>`.
fn boxed_future(ty: &Type) -> Option<BoxedFuture> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let given = &arguments(&last.arguments)?.args;
    let Some(GenericArgument::Type(inner)) = given.last() else {
        return None;
    };
    if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
        return Some(BoxedFuture {
            output: inner.clone(),
            is_send: last.ident == "BoxFuture",
            // Left out, it is `'_`.
            lifetime: match given.first() {
                Some(GenericArgument::Lifetime(lifetime)) => Some(lifetime.clone()),
                _ => Some(Lifetime::new("'_", last.ident.span())),
            },
        });
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
    (last.ident == "Pin" && boxed.ident == "Box").then(|| BoxedFuture {
        output,
        is_send: has_bound(object.bounds.iter(), "Send"),
        lifetime: object.bounds.iter().find_map(lifetime).cloned(),
    })
}

fn arguments(arguments: &PathArguments) -> Option<&AngleBracketedGenericArguments> {
    match arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}
