//! What attributes on methods and parameters say.

use std::time::Duration;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, LitStr, Member, Meta, Result, Token};

/// `#[component(..)]` on a method.
#[derive(Default)]
pub(super) struct Options {
    pub(super) skip: Option<Span>,
    pub(super) fallback: Option<Span>,
    pub(super) shadow: Option<Span>,
    pub(super) timeout: Option<(Duration, Span)>,
    pub(super) ok: Option<Expr>,
    pub(super) compare: Option<Expr>,
}

/// `#[measure(name = ..)]` on a method.
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) expr: Expr,
}

/// `#[key(name = ..)]` on a parameter: an entry of the context.
pub(super) struct KeyEntry {
    pub(super) name: String,
    pub(super) expr: Expr,
}

impl Options {
    /// Takes the attributes that are ours.
    pub(super) fn take(
        attributes: &mut Vec<Attribute>,
        method: &Ident,
    ) -> Result<(Self, Vec<Measure>)> {
        let mut options = Self::default();
        let mut measures = Vec::new();
        let mut error = None::<Error>;
        attributes.retain(|attribute| {
            let taken = if is(attribute, "component") {
                options.read(attribute)
            } else if is(attribute, "measure") {
                read_measures(attribute, method, &mut measures)
            } else {
                return true;
            };
            if let Err(wrong) = taken {
                match &mut error {
                    Some(error) => error.combine(wrong),
                    None => error = Some(wrong),
                }
            }
            false
        });
        match error {
            Some(error) => Err(error),
            None => options.checked().map(|options| (options, measures)),
        }
    }

    fn read(&mut self, attribute: &Attribute) -> Result<()> {
        attribute.parse_nested_meta(|meta| {
            let span = meta.path.span();
            let name = meta.path.get_ident().map(Ident::to_string);
            match name.as_deref() {
                Some("skip") => self.skip = Some(span),
                Some("fallback") => self.fallback = Some(span),
                Some("shadow") => self.shadow = Some(span),
                Some("timeout") => {
                    let text: LitStr = meta.value()?.parse()?;
                    self.timeout = Some((duration(&text)?, text.span()));
                }
                Some("ok") => self.ok = Some(meta.value()?.parse()?),
                Some("compare") => self.compare = Some(meta.value()?.parse()?),
                _ => {
                    return Err(meta.error(
                        "expected `skip`, `fallback`, `shadow`, `timeout = \"50ms\"`, `ok = |result| ..` or \
                         `compare = |control, candidate| ..`",
                    ));
                }
            }
            Ok(())
        })
    }

    /// Where anything is said of how a call is made.
    pub(super) fn span(&self) -> Option<Span> {
        let timeout = self.timeout.as_ref().map(|(_, span)| *span);
        let ok = self.ok.as_ref().map(Spanned::span);
        self.fallback.or(self.shadow).or(timeout).or(ok)
    }

    fn checked(self) -> Result<Self> {
        if let Some(span) = self.skip
            && self.span().is_some()
        {
            return Err(Error::new(
                span,
                "a method that is skipped always goes to the control: nothing else can be said of it",
            ));
        }
        if let (Some(span), Some(_)) = (self.shadow, self.fallback) {
            return Err(Error::new(
                span,
                "a shadow always returns the control's value, so that there is nothing to fall back from: \
                 leave `fallback` out",
            ));
        }
        if let (None, Some(compare)) = (self.shadow, &self.compare) {
            return Err(Error::new_spanned(
                compare,
                "there is something to compare only in a `shadow`",
            ));
        }
        Ok(self)
    }
}

pub(super) fn is(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == name)
}

/// What the library's own collectors and its shadow record.
const TAKEN: [&str; 8] = [
    "allocated",
    "allocations",
    "concurrency",
    "cpu_time",
    "failures",
    "mismatch",
    "peak",
    "time",
];

fn read_measures(attribute: &Attribute, method: &Ident, measures: &mut Vec<Measure>) -> Result<()> {
    attribute.parse_nested_meta(|meta| {
        let Some(name) = meta.path.get_ident() else {
            return Err(meta.error("a metric's name is one word"));
        };
        let name = unraw(name);
        if TAKEN.contains(&&*name) {
            return Err(meta.error(taken(&name, &unraw(method))));
        }
        if measures.iter().any(|earlier| earlier.name == name) {
            return Err(meta.error(format!(
                "this method has a measure `{name}` already: two metrics need two names"
            )));
        }
        let expr = meta.value()?.parse()?;
        measures.push(Measure { name, expr });
        Ok(())
    })
}

fn taken(name: &str, method: &str) -> String {
    let mut other = format!("{method}_{name}");
    if TAKEN.contains(&&*other) {
        other.insert_str(0, "own_");
    }
    let all = TAKEN.join("`, `");
    format!(
        "the library records a metric `{name}` itself: call this one something else, `{other}` for example (taken are `{all}`)"
    )
}

/// Takes a parameter's `#[key]`s.
pub(super) fn take_keys(
    attributes: &mut Vec<Attribute>,
    parameter: Option<&Ident>,
) -> Result<Vec<KeyEntry>> {
    let mut entries = Vec::new();
    for attribute in attributes.extract_if(.., |attribute| is(attribute, "key")) {
        if let Meta::Path(path) = &attribute.meta {
            let Some(parameter) = parameter else {
                return Err(Error::new_spanned(path, "give the parameter a name"));
            };
            entries.push(KeyEntry {
                name: unraw(parameter),
                expr: syn::parse_quote!(#parameter),
            });
            continue;
        }
        let keys = attribute.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
        for key in keys {
            let (name, expr) = match key {
                Expr::Assign(assign) => (name_of(&assign.left), *assign.right),
                expr => (name_of(&expr), expr),
            };
            let name = name.ok_or_else(|| {
                Error::new_spanned(
                    &expr,
                    "this needs a name, as the entry of a context: `#[key(user_id = ..)]`",
                )
            })?;
            entries.push(KeyEntry { name, expr });
        }
    }
    Ok(entries)
}

/// `user.id` and `user.id()` are called `user_id`.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(unraw),
        Expr::Field(field) => {
            let base = name_of(&field.base)?;
            Some(match &field.member {
                Member::Named(member) => format!("{base}_{}", unraw(member)),
                Member::Unnamed(member) => format!("{base}_{}", member.index),
            })
        }
        Expr::MethodCall(call) if call.args.is_empty() => Some(format!(
            "{}_{}",
            name_of(&call.receiver)?,
            unraw(&call.method)
        )),
        Expr::Reference(reference) => name_of(&reference.expr),
        Expr::Paren(paren) => name_of(&paren.expr),
        _ => None,
    }
}

pub(super) fn unraw(ident: &Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

/// `50ms`, `2s`, `1m`.
fn duration(text: &LitStr) -> Result<Duration> {
    let value = text.value();
    let unit = value.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number = value
        .strip_suffix(unit)
        .and_then(|number| number.parse::<u64>().ok());
    let duration = match (number, unit) {
        (Some(number @ 1..), "us") => Some(Duration::from_micros(number)),
        (Some(number @ 1..), "ms") => Some(Duration::from_millis(number)),
        (Some(number @ 1..), "s") => Some(Duration::from_secs(number)),
        (Some(number @ 1..), "m") => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    };
    duration.ok_or_else(|| {
        Error::new_spanned(
            text,
            "a time is a whole number above 0 with its unit: `50ms`, `2s`, `800us` or `1m`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_name_of_what_they_are() {
        let name = |expr: &str| name_of(&syn::parse_str(expr).ok()?);
        for (expr, expected) in [
            ("id", Some("id")),
            ("user.id", Some("user_id")),
            ("user.company.id", Some("user_company_id")),
            ("user.id()", Some("user_id")),
            ("&user.id", Some("user_id")),
            ("pair.0", Some("pair_0")),
            ("r#type", Some("type")),
            ("ids[0]", None),
            ("user.id(1)", None),
            ("1 + 1", None),
        ] {
            assert_eq!(name(expr).as_deref(), expected, "{expr}");
        }
    }

    #[test]
    fn times_have_a_unit() {
        let time = |text: &str| duration(&LitStr::new(text, Span::call_site())).ok();
        assert_eq!(time("50ms"), Some(Duration::from_millis(50)));
        assert_eq!(time("800us"), Some(Duration::from_micros(800)));
        assert_eq!(time("2s"), Some(Duration::from_secs(2)));
        assert_eq!(time("1m"), Some(Duration::from_mins(1)));
        for wrong in [
            "",
            "5",
            "ms",
            "0s",
            "1.5s",
            "-1s",
            "5 s",
            "1h",
            "99999999999999999999s",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
