use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{DeriveInput, Error, Expr, Ident, Lit, LitStr, Result, Token};

/// What `#[experiment(..)]` says.
#[derive(Default)]
struct Attribute {
    name: Option<LitStr>,
    /// Builder methods that take a text, in the order of the attribute.
    texts: Vec<(Ident, LitStr)>,
    traffic: Option<Lit>,
    weights: Vec<(Ident, Lit)>,
    layer: Option<(LitStr, Expr)>,
}

const EXPECTED: &str = "expected `name`, `weights(..)`, `traffic`, `seed`, `layer(..)`, `owner`, `issue` or `description`";

/// `declaration()` for an enum with `#[experiment(..)]`, whose variants have these names; nothing without.
pub(crate) fn expand(input: &DeriveInput, variants: &[&str]) -> Result<TokenStream> {
    let mut attributes = input
        .attrs
        .iter()
        .filter(|one| one.path().is_ident("experiment"));
    let Some(attribute) = attributes.next() else {
        return Ok(TokenStream::new());
    };
    if let Some(other) = attributes.next() {
        return Err(Error::new_spanned(
            other,
            "there can be only one `#[experiment(..)]`",
        ));
    }
    let mut read = Attribute::default();
    attribute.parse_nested_meta(|meta| read.entry(&meta))?;
    let Some(name) = &read.name else {
        let message = "the experiment has no name: add `name = \"..\"`";
        return Err(Error::new_spanned(attribute, message));
    };
    let resolver = read.resolver(attribute, variants)?;
    let traffic = read
        .traffic
        .iter()
        .map(|traffic| quote!(.traffic(#traffic)));
    let layer = read
        .layer
        .iter()
        .map(|(layer, range)| quote!(.layer(#layer, #range)));
    let texts = read
        .texts
        .iter()
        .map(|(method, text)| quote!(.#method(#text)));
    let others = variants.iter().skip(1);
    let (ident, visibility) = (&input.ident, &input.vis);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics #ident #type_generics #bounds {
            /// The experiment that has these variants.
            #visibility fn declaration() -> ::variate::Declaration {
                ::variate::Declaration::new(#name)
                    .variants([#(#others),*])
                    #resolver
                    #(#traffic)*
                    #(#layer)*
                    #(#texts)*
            }
        }
    })
}

impl Attribute {
    fn entry(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(key) = meta.path.get_ident().cloned() else {
            return Err(meta.error(EXPECTED));
        };
        match key.to_string().as_str() {
            "name" => {
                let name: LitStr = meta.value()?.parse()?;
                if !(1..=255).contains(&name.value().len()) {
                    return Err(Error::new_spanned(
                        name,
                        "an experiment's name has 1 to 255 bytes",
                    ));
                }
                self.name = Some(name);
            }
            "owner" | "issue" | "description" | "seed" => {
                self.texts.push((key, meta.value()?.parse()?));
            }
            "traffic" => {
                let traffic: Lit = meta.value()?.parse()?;
                basis_points(&traffic)?;
                self.traffic = Some(traffic);
            }
            "weights" => {
                meta.parse_nested_meta(|weight| {
                    let Some(variant) = weight.path.get_ident() else {
                        return Err(weight.error("expected a variant, as `red = 25`"));
                    };
                    let share: Lit = weight.value()?.parse()?;
                    self.weights.push((variant.clone(), share));
                    Ok(())
                })?;
            }
            "layer" => {
                let arguments;
                syn::parenthesized!(arguments in meta.input);
                let layer = arguments.parse()?;
                arguments.parse::<Token![,]>()?;
                self.layer = Some((layer, arguments.parse()?));
            }
            _ => return Err(meta.error(EXPECTED)),
        }
        Ok(())
    }

    /// The rollout by weights, checked as `Percent::named` checks them: what it makes of them cannot fail.
    fn resolver(&self, attribute: &impl ToTokens, variants: &[&str]) -> Result<TokenStream> {
        if self.weights.is_empty() {
            return Ok(TokenStream::new());
        }
        let mut weights: Vec<(usize, u32)> = Vec::new();
        for (variant, share) in &self.weights {
            let name = variant.unraw().to_string();
            let Some(place) = variants.iter().position(|known| *known == name) else {
                let message = format!(
                    "`{name}` is not one of the variants {}",
                    variants.join(", ")
                );
                return Err(Error::new_spanned(variant, message));
            };
            if weights.iter().any(|(other, _)| *other == place) {
                let message = format!("`{name}` has two percentages: keep one");
                return Err(Error::new_spanned(variant, message));
            }
            weights.push((place, basis_points(share)?));
        }
        let sum: u32 = weights.iter().map(|(_, weight)| weight).sum();
        if sum != 10_000 {
            let hundredth = f64::from(sum) / 100.0;
            let message = format!("the percentages add up to {hundredth}: they must add up to 100");
            return Err(Error::new_spanned(attribute, message));
        }
        // As in a catalogue, the order of the variants counts, and not that of the weights.
        weights.sort_unstable();
        let shares = weights.iter().map(|(place, weight)| {
            let name = variants.get(*place).copied().unwrap_or_default();
            let share = f64::from(*weight) / 100.0;
            quote!((#name, #share))
        });
        Ok(quote! {
            .resolver(::variate::Percent::named([#(#shares),*]).unwrap_or_default())
        })
    }
}

/// The hundredths of a percent that a literal is.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is between 0 and 10,000.
fn basis_points(literal: &Lit) -> Result<u32> {
    let number: Option<f64> = match literal {
        Lit::Int(number) => number.base10_parse().ok(),
        Lit::Float(number) => number.base10_parse().ok(),
        _ => None,
    };
    let Some(percentage) = number.filter(|number| (0.0..=100.0).contains(number)) else {
        return Err(Error::new_spanned(
            literal,
            "expected a number from 0 to 100",
        ));
    };
    let weight = (percentage * 100.0).round();
    if (weight / 100.0 - percentage).abs() > 1e-5 {
        let message = "use hundredths of a percent at the finest";
        return Err(Error::new_spanned(literal, message));
    }
    Ok(weight as u32)
}
