use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Member, Result};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Names { app, model } = names(input)?;
    let id = id_field(input)?;
    let name = &input.ident;
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::variate::ContextValue for #name #type_generics #bounds {
            fn to_value(&self) -> ::variate::Value<'_> {
                ::variate::Value::gid(#app, #model, &self.#id)
            }
        }
    })
}

struct Names {
    app: String,
    model: String,
}

fn names(input: &DeriveInput) -> Result<Names> {
    let mut app = None;
    let mut model = input.ident.unraw().to_string();
    for attribute in &input.attrs {
        if !attribute.path().is_ident("context_value") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("app") {
                app = Some(text(&meta.value()?.parse()?)?);
                Ok(())
            } else if meta.path.is_ident("model") {
                model = text(&meta.value()?.parse()?)?;
                Ok(())
            } else {
                Err(meta.error("expected `app = \"..\"` or `model = \"..\"`"))
            }
        })?;
    }
    let app = app.ok_or_else(|| {
        Error::new_spanned(
            &input.ident,
            "the application's name is part of every key: add `#[context_value(app = \"..\")]`",
        )
    })?;
    Ok(Names { app, model })
}

fn text(literal: &LitStr) -> Result<String> {
    if literal.value().is_empty() {
        Err(Error::new_spanned(literal, "must not be empty"))
    } else {
        Ok(literal.value())
    }
}

fn id_field(input: &DeriveInput) -> Result<Member> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "only a struct with an id can stand in a context: implement `ContextValue` by hand",
        ));
    };
    let mut marked = Vec::new();
    for (member, field) in data.fields.members().zip(&data.fields) {
        for attribute in &field.attrs {
            if attribute.path().is_ident("context_value") {
                let word: Ident = attribute.parse_args()?;
                if word != "id" {
                    return Err(Error::new_spanned(word, "expected `id`"));
                }
                if !marked.is_empty() {
                    return Err(Error::new_spanned(
                        attribute,
                        "only one field can be the id",
                    ));
                }
                marked.push(member.clone());
            }
        }
    }
    let by_name = || match &data.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .filter_map(|field| field.ident.clone())
            .find(|ident| ident == "id")
            .map(Member::Named),
        _ => None,
    };
    marked.pop().or_else(by_name).ok_or_else(|| {
        Error::new_spanned(
            &input.ident,
            "no field is called `id`: mark the one that is with `#[context_value(id)]`",
        )
    })
}
