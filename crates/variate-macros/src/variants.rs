use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Variant};

use crate::declaration;

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "variants are the values of an enum",
        ));
    };
    let mut control = None;
    let mut others: Vec<(String, &Ident)> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a variant cannot carry data"));
        }
        match role(variant)? {
            Role::Control if control.is_some() => {
                return Err(Error::new_spanned(variant, "there can be only one control"));
            }
            Role::Control => control = Some(&variant.ident),
            Role::Named(name) => {
                if others.iter().any(|(other, _)| *other == name) {
                    return Err(Error::new_spanned(
                        variant,
                        format!("two variants are called `{name}`"),
                    ));
                }
                others.push((name, &variant.ident));
            }
        }
    }
    let control = control.ok_or_else(|| {
        Error::new_spanned(
            &input.ident,
            "no value is the control: mark one with `#[variant(control)]`",
        )
    })?;
    let name = &input.ident;
    let mut all = vec!["control"];
    all.extend(others.iter().map(|(name, _)| name.as_str()));
    let declaration = declaration::expand(input, &all)?;
    let names = others.iter().map(|(name, _)| name);
    let arms = others.iter().enumerate().map(|(place, (_, ident))| {
        let index = place + 1;
        quote!(#index => Self::#ident,)
    });
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::variate::Variants for #name #type_generics #bounds {
            const NAMES: &'static [&'static str] = &["control", #(#names),*];

            fn from_index(index: usize) -> Self {
                match index {
                    #(#arms)*
                    _ => Self::#control,
                }
            }
        }

        #declaration
    })
}

enum Role {
    Control,
    Named(String),
}

fn role(variant: &Variant) -> Result<Role> {
    let mut is_control = false;
    let mut given = None::<LitStr>;
    for attribute in &variant.attrs {
        if !attribute.path().is_ident("variant") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("control") {
                is_control = true;
                Ok(())
            } else if meta.path.is_ident("name") {
                let name: LitStr = meta.value()?.parse()?;
                if name.value() == "control" || !(1..=255).contains(&name.value().len()) {
                    return Err(Error::new_spanned(
                        name,
                        "a variant's name has 1 to 255 bytes and is not `control`, \
                         which `#[variant(control)]` marks",
                    ));
                }
                given = Some(name);
                Ok(())
            } else {
                Err(meta.error("expected `control` or `name = \"..\"`"))
            }
        })?;
    }
    match (is_control, given) {
        (true, Some(name)) => Err(Error::new_spanned(
            name,
            "the control is always called `control`: leave the name out",
        )),
        (true, None) => Ok(Role::Control),
        (false, Some(name)) => Ok(Role::Named(name.value())),
        (false, None) => match snake_case(&variant.ident.unraw().to_string()) {
            name if name == "control" => Err(Error::new_spanned(
                variant,
                "mark the control with `#[variant(control)]`",
            )),
            name => Ok(Role::Named(name)),
        },
    }
}

/// `RedBlue` is `red_blue`, and an acronym is one word: `HTTPServer` is `http_server`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut letters = name.chars().peekable();
    let mut before = None::<char>;
    while let Some(letter) = letters.next() {
        let begins_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && next_is_lower)
            });
        if begins_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
        before = Some(letter);
    }
    snake
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::{Role, role, snake_case};

    #[test]
    fn names_are_in_snake_case() {
        for (name, expected) in [
            ("Red", "red"),
            ("RedBlue", "red_blue"),
            ("DarkRedBlue", "dark_red_blue"),
            ("V2", "v2"),
            ("V2Beta", "v2_beta"),
            ("Top10", "top10"),
            ("A", "a"),
            ("AB", "ab"),
            ("ABTest", "ab_test"),
            ("ATest", "a_test"),
            ("HTTPServer", "http_server"),
            ("ServerHTTP", "server_http"),
            ("MyHTTPServer", "my_http_server"),
            ("HTTP2Server", "http2_server"),
            ("Red_Blue", "red_blue"),
            ("red_blue", "red_blue"),
            ("ÄrgerÜber", "ärger_über"),
            ("日本", "日本"),
        ] {
            assert_eq!(snake_case(name), expected, "{name}");
        }
    }

    #[test]
    fn raw_names_lose_their_mark() {
        let role = role(&parse_quote!(r#Type));
        assert!(matches!(role, Ok(Role::Named(name)) if name == "type"));
    }
}
