use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{
    Attribute, Error, FnArg, GenericParam, Generics, Ident, Pat, Receiver, Result, Signature,
    Token, TraitItemFn, Type, WherePredicate,
};

use super::options::{KeyEntry, Measure, Options, take_keys};
use super::receiver::Taken;
use super::returned::{Returned, find_ident};

/// A method of a component's trait, or a function without receiver.
pub(super) struct Method {
    /// As it was written, without our attributes and without names that only a body needs.
    pub(super) signature: Signature,
    /// Its place in the trait.
    pub(super) index: u16,
    pub(super) receiver: Option<(Receiver, Taken)>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) returned: Returned,
    pub(super) options: Options,
    pub(super) measures: Vec<Measure>,
    pub(super) keys: Vec<KeyEntry>,
    /// `#[cfg(..)]`, which belongs to all that is made of it.
    pub(super) cfg: Vec<Attribute>,
}

pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) ty: Type,
}

impl Method {
    /// Reads a method and takes our attributes away from it.
    pub(super) fn take(item: &mut TraitItemFn, index: u16) -> Result<Self> {
        let (options, measures) = Options::take(&mut item.attrs, &item.sig.ident)?;
        let cfg = item.attrs.iter().filter(|attribute| is_cfg(attribute));
        let cfg = cfg.cloned().collect();
        if let Some(unsafety) = &item.sig.unsafety {
            return Err(Error::new_spanned(
                unsafety,
                "an arm cannot be called without knowing which one it is, so nobody can keep an unsafe promise",
            ));
        }
        let returned = Returned::of(&item.sig)?;
        let mut receiver = None;
        let mut parameters = Vec::new();
        let mut keys = Vec::new();
        for (place, argument) in item.sig.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(this) => receiver = Some((this.clone(), Taken::of(this)?)),
                FnArg::Typed(argument) => {
                    if let Some(cfg) = argument.attrs.iter().find(|attribute| is_cfg(attribute)) {
                        return Err(Error::new_spanned(
                            cfg,
                            "what may not be there cannot be handed on: write the method twice, each with its `#[cfg(..)]`",
                        ));
                    }
                    let name = match &*argument.pat {
                        Pat::Ident(pattern) if pattern.subpat.is_none() => {
                            Some(pattern.ident.clone())
                        }
                        _ => None,
                    };
                    keys.extend(take_keys(&mut argument.attrs, name.as_ref())?);
                    let span = Span::mixed_site();
                    parameters.push(Parameter {
                        name: name
                            .unwrap_or_else(|| format_ident!("__argument_{place}", span = span)),
                        ty: (*argument.ty).clone(),
                    });
                }
            }
        }
        let method = Self {
            signature: bare(&item.sig, &parameters),
            index,
            receiver,
            parameters,
            returned,
            options,
            measures,
            keys,
            cfg,
        };
        method.checked()
    }

    fn checked(self) -> Result<Self> {
        let Some((receiver, taken)) = &self.receiver else {
            if let Some(key) = self.keys.first() {
                return Err(Error::new_spanned(
                    &key.expr,
                    "a function without `self` always goes to the control: it needs no key",
                ));
            }
            if let Some(measure) = self.measures.first() {
                return Err(Error::new_spanned(
                    &measure.expr,
                    "a function without `self` always goes to the control, unmeasured",
                ));
            }
            return match self.options.span() {
                Some(span) => Err(Error::new(
                    span,
                    "a function without `self` always goes to the control: nothing else can be said of it",
                )),
                None => Ok(self),
            };
        };
        if let (Some(_), Some(measure)) = (self.options.skip, self.measures.first()) {
            return Err(Error::new_spanned(
                &measure.expr,
                "a method that is skipped always goes to the control, unmeasured",
            ));
        }
        let span = self.options.fallback.or(self.options.shadow);
        if let Some(span) = span {
            if *taken != Taken::Shared {
                return Err(Error::new_spanned(
                    receiver,
                    "a second arm can be called only if the method takes `&self`",
                ));
            }
            let lent = self.parameters.iter().find(|parameter| {
                matches!(&parameter.ty, Type::Reference(reference) if reference.mutability.is_some())
            });
            if let Some(lent) = lent {
                return Err(Error::new_spanned(
                    &lent.ty,
                    "a second arm would get what the first one left behind: what is given must be `Clone`",
                ));
            }
            if matches!(self.returned, Returned::Iterator) {
                return Err(Error::new(
                    span,
                    "an iterator cannot be called a success or compared before it has run",
                ));
            }
            if let Some(opaque) = self.parameters.iter().find_map(|parameter| {
                find_ident(quote::ToTokens::to_token_stream(&parameter.ty), "impl")
            }) {
                return Err(Error::new_spanned(
                    opaque,
                    "what is given must be `Clone` here: name its type, as in `fn f<T: Fn() + Clone>(&self, t: T)`",
                ));
            }
        }
        if let Some((_, span)) = &self.options.timeout
            && !self.returned.is_awaited()
        {
            return Err(Error::new(
                *span,
                "only an asynchronous method can time out: a thread cannot be stopped",
            ));
        }
        Ok(self)
    }

    pub(super) fn taken(&self) -> Option<Taken> {
        self.receiver.as_ref().map(|(_, taken)| *taken)
    }

    /// `self`, as this method calls it.
    pub(super) fn this(&self) -> TokenStream {
        match &self.receiver {
            Some((receiver, _)) => {
                let this = receiver.self_token;
                quote::quote!(#this)
            }
            None => TokenStream::new(),
        }
    }

    /// The types and constants that the caller chose, for those whom it is handed on to.
    pub(super) fn turbofish(&self) -> TokenStream {
        let site = Span::mixed_site();
        let names: Vec<_> = self
            .signature
            .generics
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                GenericParam::Lifetime(_) => None,
                GenericParam::Type(ty) => Some(&ty.ident),
                GenericParam::Const(constant) => Some(&constant.ident),
            })
            .collect();
        if names.is_empty() {
            TokenStream::new()
        } else {
            quote_spanned!(site=> ::<#(#names),*>)
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.parameters.iter().map(|parameter| &parameter.name)
    }

    pub(super) fn has_generics(&self) -> bool {
        let params = &self.signature.generics.params;
        params
            .iter()
            .any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
    }

    /// Whether a `where` clause says this of `Self`.
    pub(super) fn needs_of_self(&self, bound: &str) -> bool {
        bounds_of_self(&self.signature.generics).any(|found| found == bound)
    }
}

/// The names of the traits that a `where` clause asks of `Self`.
pub(super) fn bounds_of_self(generics: &Generics) -> impl Iterator<Item = String> {
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    predicates
        .filter_map(|predicate| match predicate {
            WherePredicate::Type(of) if is_self(&of.bounded_ty) => Some(&of.bounds),
            _ => None,
        })
        .flatten()
        .filter_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
            _ => None,
        })
        .map(|last| last.ident.to_string())
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Self"))
}

pub(super) fn is_cfg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

/// The signature with a plain name for each parameter, and nothing that only a body needs.
fn bare(signature: &Signature, parameters: &[Parameter]) -> Signature {
    let mut signature = signature.clone();
    let mut names = parameters.iter();
    for argument in &mut signature.inputs {
        match argument {
            FnArg::Receiver(this) => {
                this.attrs.clear();
                // `mut self` and `mut self: Box<Self>`, but not `&mut self`.
                if this.reference.is_none() {
                    this.mutability = None;
                }
            }
            FnArg::Typed(argument) => {
                argument.attrs.clear();
                if let Some(Parameter { name, .. }) = names.next() {
                    argument.pat = syn::parse_quote!(#name);
                }
            }
        }
    }
    if signature.inputs.trailing_punct() {
        let inputs = std::mem::take(&mut signature.inputs);
        signature.inputs = inputs.into_iter().collect();
    }
    signature
}

/// The arguments of a signature with the arm's place after the receiver.
pub(super) fn with_place(signature: &Signature, taken: Taken, place: &Ident) -> Signature {
    let mut signature = signature.clone();
    let inputs = std::mem::take(&mut signature.inputs);
    let mut inputs = inputs.into_iter();
    let receiver = inputs.next().map(|receiver| match (receiver, taken) {
        // It does not matter to the arms what box they come out of.
        (FnArg::Receiver(this), Taken::Boxed | Taken::Owned) => {
            let this = this.self_token;
            syn::parse_quote!(#this)
        }
        (receiver, _) => receiver,
    });
    let place: FnArg = syn::parse_quote!(#place: usize);
    signature.inputs = receiver
        .into_iter()
        .chain([place])
        .chain(inputs)
        .collect::<syn::punctuated::Punctuated<_, Token![,]>>();
    signature
}
