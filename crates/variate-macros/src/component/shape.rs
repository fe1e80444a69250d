use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, GenericParam, Generics, Ident, ItemTrait, Path, Result, TraitItem,
    TraitItemConst, TraitItemType, Type, TypeParamBound, WherePredicate,
};

use super::Arguments;
use super::method::{Method, bounds_of_self, is_cfg};
use super::options::unraw;
use super::receiver::Taken;
use super::returned::{Returned, find_ident};

/// A trait that becomes a component, as far as it matters to us.
pub(super) struct Shape {
    pub(super) item: ItemTrait,
    pub(super) methods: Vec<Method>,
    pub(super) types: Vec<TraitItemType>,
    pub(super) consts: Vec<TraitItemConst>,
    /// The type that implements it.
    pub(super) proxy: Ident,
    /// What the list of its arms implements.
    pub(super) arms: Ident,
    /// The rules over what its methods are given.
    pub(super) rules: Ident,
    /// Whether arms can be made for each call.
    pub(super) factory: bool,
    /// Where the library is.
    pub(super) root: Path,
    /// `#[async_trait]`, and whether its futures are `Send`.
    pub(super) async_trait: Option<(Attribute, bool)>,
}

impl Shape {
    /// Reads a trait and takes our attributes away from it.
    pub(super) fn take(mut item: ItemTrait, arguments: Arguments) -> Result<Self> {
        if let Some(unsafety) = &item.unsafety {
            return Err(Error::new_spanned(
                unsafety,
                "a component calls arms that it does not know: it can promise nothing for them",
            ));
        }
        let mut methods = Vec::new();
        let mut types = Vec::new();
        let mut consts = Vec::new();
        let mut errors = None::<Error>;
        let mut note = |error: Error| match &mut errors {
            Some(errors) => errors.combine(error),
            None => errors = Some(error),
        };
        for (index, member) in item.items.iter_mut().enumerate() {
            match member {
                TraitItem::Fn(method) => {
                    let index = u16::try_from(index).unwrap_or(u16::MAX);
                    match Method::take(method, index) {
                        Ok(method) => methods.push(method),
                        Err(error) => note(error),
                    }
                }
                TraitItem::Type(ty) if !ty.generics.params.is_empty() => note(Error::new_spanned(
                    &ty.generics,
                    "the arms cannot agree on a type with parameters of its own: make it a parameter of the trait, \
                     or return a `Box<dyn ..>`",
                )),
                TraitItem::Type(ty) if ty.attrs.iter().any(is_cfg) => note(Error::new_spanned(
                    ty.attrs.iter().find(|attribute| is_cfg(attribute)),
                    "the arms must agree on a type wherever there is one: write the trait twice, each with its `#[cfg(..)]`",
                )),
                TraitItem::Type(ty) => types.push(ty.clone()),
                TraitItem::Const(constant) => consts.push(constant.clone()),
                other => note(Error::new_spanned(
                    other,
                    "a component has methods, associated types and constants: write out what this stands for",
                )),
            }
        }
        if let Some(errors) = errors {
            return Err(errors);
        }
        let async_trait = item.attrs.iter().find(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|last| last.ident == "async_trait")
        });
        let async_trait = async_trait.map(|attribute| {
            let arguments = attribute.meta.to_token_stream().to_string();
            (attribute.clone(), !arguments.contains('?'))
        });
        let (name, span) = (unraw(&item.ident), item.ident.span());
        let called = |called: Option<Ident>, ending: &str| {
            called.unwrap_or_else(|| format_ident!("{}{}", name, ending, span = span))
        };
        let factory = arguments.factory;
        let shape = Self {
            proxy: called(arguments.proxy, "Experiment"),
            arms: format_ident!("__{}Arms", name, span = span),
            rules: called(arguments.rules, "Arguments"),
            methods,
            types,
            consts,
            factory,
            root: arguments.root.unwrap_or_else(|| {
                let site = Span::mixed_site();
                syn::parse_quote_spanned!(site=> ::variate)
            }),
            async_trait,
            item,
        };
        shape.check_self()?;
        shape.check_clauses()?;
        shape.check_factory()?;
        Ok(shape)
    }

    /// The path to what the generated code needs.
    pub(super) fn rt(&self) -> TokenStream {
        let root = &self.root;
        quote_spanned!(Span::mixed_site()=> #root::component::rt)
    }

    /// `Self` can stand only where the arms and the component mean the same by it.
    fn check_self(&self) -> Result<()> {
        let check = |tokens: TokenStream, message: &str| {
            let found = find_self(tokens, &self.types);
            found.map_or(Ok(()), |found| {
                Err(Error::new(found.0, found.1.unwrap_or(message)))
            })
        };
        for method in &self.methods {
            for parameter in &method.parameters {
                check(
                    parameter.ty.to_token_stream(),
                    "the arms cannot take each other: take a type that has a name, or a `&dyn` of the trait",
                )?;
            }
            check(
                method.signature.output.to_token_stream(),
                "an arm cannot return the component: return a type that has a name, or a `Box<dyn ..>` of the trait",
            )?;
            for bound in bounds_of_self(&method.signature.generics) {
                if !matches!(&*bound, "Sized" | "Send" | "Sync") {
                    return Err(Error::new_spanned(
                        &method.signature.generics.where_clause,
                        format!(
                            "that the component is `{bound}` does not make its arms so: make it a supertrait"
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// What is asked of other types must not depend on who implements the trait.
    fn check_clauses(&self) -> Result<()> {
        let clause = self.item.generics.where_clause.iter();
        let mut predicates = clause.flat_map(|clause| &clause.predicates);
        let of_others = predicates.find_map(|predicate| match predicate {
            WherePredicate::Type(of) if !find_ident_self(&of.bounded_ty) => {
                find_ident(of.bounds.to_token_stream(), "Self")
            }
            _ => None,
        });
        of_others.map_or(Ok(()), |found| {
            Err(Error::new_spanned(
                found,
                "what holds for the component need not hold for its arms: leave this out, or ask it of a type that has a name",
            ))
        })
    }

    fn check_factory(&self) -> Result<()> {
        if !self.factory {
            return Ok(());
        }
        if let Some(constant) = self.consts.first() {
            return Err(Error::new_spanned(
                constant,
                "an arm that is made for each call has no constants: leave out `factory`",
            ));
        }
        for method in &self.methods {
            if method.taken() != Some(Taken::Shared) {
                return Err(Error::new_spanned(
                    &method.signature.ident,
                    "an arm that is made for each call has only methods that take `&self`: leave out `factory`",
                ));
            }
            if matches!(method.returned, Returned::Iterator | Returned::Boxed { .. }) {
                return Err(Error::new_spanned(
                    &method.signature.output,
                    "this may borrow from an arm that is gone after the call: leave out `factory`",
                ));
            }
        }
        Ok(())
    }

    /// The trait's name.
    pub(super) const fn name(&self) -> &Ident {
        &self.item.ident
    }

    /// Whether a future of its methods must be `Send`, which its arms have to be for it.
    pub(super) fn is_send(&self) -> bool {
        matches!(self.async_trait, Some((_, true)))
            || self.methods.iter().any(|method| {
                method.returned.is_send()
                    || method.needs_of_self("Send")
                    || method.needs_of_self("Sync")
            })
    }

    /// Whether an arm's type must be known.
    pub(super) fn needs_sized(&self) -> bool {
        self.methods
            .iter()
            .any(|method| method.receiver.is_none() || method.needs_of_self("Sized"))
            || !self.consts.is_empty()
    }

    pub(super) fn takes(&self, taken: Taken) -> bool {
        self.methods
            .iter()
            .any(|method| method.taken() == Some(taken))
    }

    pub(super) fn takes_only(&self, allowed: &[Taken]) -> bool {
        let mut taken = self.methods.iter().filter_map(Method::taken);
        taken.all(|taken| allowed.contains(&taken))
    }

    /// Whether rules over arguments can be kept: their types must have names everywhere.
    pub(super) fn has_rule(&self, method: &Method) -> bool {
        let types = || {
            method
                .parameters
                .iter()
                .map(|parameter| parameter.ty.to_token_stream())
        };
        self.item.generics.params.is_empty()
            && method.receiver.is_some()
            && method.options.skip.is_none()
            && !method.parameters.is_empty()
            && !method.has_generics()
            && !types().any(|ty| {
                find_ident(ty.clone(), "Self").is_some() || find_ident(ty, "impl").is_some()
            })
    }

    pub(super) fn has_rules(&self) -> bool {
        self.methods.iter().any(|method| self.has_rule(method))
    }

    /// The trait's parameters as they are declared, without defaults, and more behind them.
    pub(super) fn generics(&self, more: &[TokenStream], clauses: &[TokenStream]) -> Generics {
        let mut generics = self.item.generics.clone();
        for parameter in &mut generics.params {
            match parameter {
                GenericParam::Type(ty) => {
                    ty.eq_token = None;
                    ty.default = None;
                }
                GenericParam::Const(constant) => {
                    constant.eq_token = None;
                    constant.default = None;
                }
                GenericParam::Lifetime(_) => {}
            }
        }
        for more in more {
            generics.params.push(syn::parse_quote!(#more));
        }
        // What the trait asks of `Self` holds for its arms already.
        if let Some(clause) = &mut generics.where_clause {
            let predicates = std::mem::take(&mut clause.predicates);
            clause.predicates = predicates
                .into_iter()
                .filter(|predicate| {
                    !matches!(predicate, WherePredicate::Type(of)
                        if find_ident_self(&of.bounded_ty))
                })
                .collect();
        }
        if !clauses.is_empty() {
            let clause = generics.make_where_clause();
            for predicate in clauses {
                clause.predicates.push(syn::parse_quote!(#predicate));
            }
        }
        generics
    }

    /// The trait's parameters as they are handed on, and more behind them.
    pub(super) fn arguments(&self, more: &[TokenStream]) -> TokenStream {
        let own = self
            .item
            .generics
            .params
            .iter()
            .map(|parameter| match parameter {
                GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
                GenericParam::Type(ty) => ty.ident.to_token_stream(),
                GenericParam::Const(constant) => constant.ident.to_token_stream(),
            });
        let all: Vec<_> = own.chain(more.iter().cloned()).collect();
        if all.is_empty() {
            TokenStream::new()
        } else {
            quote!(<#(#all),*>)
        }
    }

    /// What the trait asks of all that implement it.
    pub(super) fn supertraits(&self) -> Vec<TypeParamBound> {
        let of_self = self.item.generics.where_clause.iter();
        let of_self = of_self
            .flat_map(|clause| &clause.predicates)
            .filter_map(|predicate| match predicate {
                WherePredicate::Type(of)
                    if matches!(&of.bounded_ty, Type::Path(path) if path.path.is_ident("Self")) =>
                {
                    Some(&of.bounds)
                }
                _ => None,
            })
            .flatten();
        self.item
            .supertraits
            .iter()
            .chain(of_self)
            .cloned()
            .collect()
    }

    /// What the arms need beyond the trait: ` + Send + Sync`, or nothing.
    pub(super) fn send_bounds(&self) -> TokenStream {
        if self.is_send() {
            let site = Span::mixed_site();
            quote_spanned!(site=> + ::core::marker::Send + ::core::marker::Sync)
        } else {
            TokenStream::new()
        }
    }

    /// Attributes of the trait that all its copies must have.
    pub(super) fn cfg(&self) -> impl Iterator<Item = &Attribute> {
        self.item.attrs.iter().filter(|attribute| is_cfg(attribute))
    }
}

fn find_ident_self(ty: &Type) -> bool {
    find_ident(ty.to_token_stream(), "Self").is_some()
}

/// The first `Self` that is not one of the trait's own associated types.
fn find_self(tokens: TokenStream, types: &[TraitItemType]) -> Option<(Span, Option<&'static str>)> {
    let mut tokens = tokens.into_iter().peekable();
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                if let Some(found) = find_self(group.stream(), types) {
                    return Some(found);
                }
            }
            TokenTree::Ident(ident) if ident == "Self" => {
                if matches!(tokens.peek(), Some(TokenTree::Ident(next)) if next == "as") {
                    return Some((
                        ident.span(),
                        Some("name an associated type of this trait as `Self::Item`, without `as`"),
                    ));
                }
                if !tokens.peek().is_some_and(is_colon) {
                    return Some((ident.span(), None));
                }
                tokens.next_if(is_colon);
                tokens.next_if(is_colon);
                match tokens.next() {
                    Some(TokenTree::Ident(name)) if types.iter().any(|ty| ty.ident == name) => {}
                    Some(other) => {
                        return Some((
                            other.span(),
                            Some(
                                "only the trait's own associated types can be named here: declare it in this trait",
                            ),
                        ));
                    }
                    None => return Some((ident.span(), None)),
                }
            }
            _ => {}
        }
    }
    None
}
