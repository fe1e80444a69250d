//! Experiments that Rust sources name, found by tokens: also inside macros, never in comments or texts.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::LitStr;

/// Where an experiment is named.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub(crate) file: String,
    pub(crate) line: usize,
    name: Name,
    is_declaration: bool,
}

#[derive(Debug, Clone)]
enum Name {
    Literal(String),
    /// The name of a constant.
    Constant(String),
    Dynamic,
}

/// An experiment's name, and where it stands.
type Named = (String, Mention);

/// What all sources say together.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    mentions: Vec<Mention>,
    /// Texts of constants; `None` where two constants of one name differ.
    constants: BTreeMap<String, Option<String>>,
    pub(crate) unreadable: Vec<String>,
}

impl Sources {
    pub(crate) fn read(&mut self, path: &Path, text: &str) {
        let file = path.to_string_lossy().into_owned();
        match text.parse::<TokenStream>() {
            Ok(tokens) => self.tokens(&file, tokens),
            Err(_) => self.unreadable.push(file),
        }
    }

    /// Uses and declarations by name, and what could not be resolved.
    pub(crate) fn resolved(self) -> (Vec<Named>, Vec<Named>, Vec<Mention>) {
        let (mut uses, mut declarations, mut dynamic) = (Vec::new(), Vec::new(), Vec::new());
        for mention in self.mentions {
            let name = match &mention.name {
                Name::Literal(name) => Some(name.clone()),
                Name::Constant(name) => self.constants.get(name).cloned().flatten(),
                Name::Dynamic => None,
            };
            match name {
                Some(name) if mention.is_declaration => declarations.push((name, mention)),
                Some(name) => uses.push((name, mention)),
                None => dynamic.push(mention),
            }
        }
        (uses, declarations, dynamic)
    }

    /// Reads a stream and all groups in it, without recursion: a source may nest deeper than the stack.
    fn tokens(&mut self, file: &str, tokens: TokenStream) {
        let mut waiting = vec![tokens];
        while let Some(tokens) = waiting.pop() {
            let tokens: Vec<TokenTree> = tokens.into_iter().collect();
            for place in 0..tokens.len() {
                let (before, rest) = tokens.split_at(place);
                match rest {
                    [TokenTree::Ident(word), TokenTree::Group(group), ..]
                        if group.delimiter() == Delimiter::Parenthesis =>
                    {
                        let arguments = || group.stream().into_iter().collect::<Vec<_>>();
                        if word == "experiment" {
                            self.experiment(file, word, before, &arguments());
                        } else if word == "new" && is_declaration(before) {
                            self.mention(file, word, name(&arguments()), true);
                        }
                    }
                    [TokenTree::Ident(word), ..] if word == "const" || word == "static" => {
                        self.constant(rest);
                    }
                    _ => {}
                }
                if let [TokenTree::Group(group), ..] = rest {
                    waiting.push(group.stream());
                }
            }
        }
    }

    /// `experiment("name", ..)`, a method of that name, or the attribute of a derive.
    fn experiment(
        &mut self,
        file: &str,
        word: &Ident,
        before: &[TokenTree],
        arguments: &[TokenTree],
    ) {
        if matches!(before, [.., TokenTree::Ident(keyword)] if keyword == "fn") {
            return;
        }
        if let [
            TokenTree::Ident(key),
            TokenTree::Punct(equals),
            TokenTree::Literal(literal),
            ..,
        ] = arguments
            && key == "name"
            && equals.as_char() == '='
        {
            let name = text(literal).map_or(Name::Dynamic, Name::Literal);
            self.mention(file, word, name, true);
            return;
        }
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
        // With a name alone it is another function.
        if let Some(comma) = arguments.iter().position(is_comma)
            && let Some((first, [_, _, ..])) = arguments.split_at_checked(comma)
        {
            self.mention(file, word, name(first), false);
        }
    }

    fn mention(&mut self, file: &str, word: &Ident, name: Name, is_declaration: bool) {
        self.mentions.push(Mention {
            file: file.to_owned(),
            line: word.span().start().line,
            name,
            is_declaration,
        });
    }

    /// `const NAME: &str = "..";`
    fn constant(&mut self, tokens: &[TokenTree]) {
        let [_, TokenTree::Ident(name), rest @ ..] = tokens else {
            return;
        };
        let is_sign = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
        let Some(end) = rest.iter().position(|token| is_sign(token, ';')) else {
            return;
        };
        let Some(equals) = rest.iter().position(|token| is_sign(token, '=')) else {
            return;
        };
        if let Some([TokenTree::Literal(literal)]) = rest.get(equals + 1..end)
            && let Some(text) = text(literal)
        {
            let known = self
                .constants
                .entry(name.to_string())
                .or_insert_with(|| Some(text.clone()));
            if *known != Some(text) {
                *known = None;
            }
        }
    }
}

/// Whether `Declaration::` stands before.
fn is_declaration(before: &[TokenTree]) -> bool {
    matches!(
        before,
        [.., TokenTree::Ident(of), TokenTree::Punct(one), TokenTree::Punct(other)]
            if of == "Declaration" && one.as_char() == ':' && other.as_char() == ':'
    )
}

/// The name that an argument is.
fn name(argument: &[TokenTree]) -> Name {
    let argument = match argument {
        // A comma behind the only argument.
        [rest @ .., TokenTree::Punct(comma)] if comma.as_char() == ',' => rest,
        _ => argument,
    };
    match argument {
        [TokenTree::Literal(literal)] => text(literal).map_or(Name::Dynamic, Name::Literal),
        [
            TokenTree::Literal(literal),
            TokenTree::Punct(dot),
            TokenTree::Ident(method),
            TokenTree::Group(nothing),
        ] if dot.as_char() == '.'
            && nothing.stream().is_empty()
            && ["into", "to_owned", "to_string"]
                .iter()
                .any(|known| method == known) =>
        {
            text(literal).map_or(Name::Dynamic, Name::Literal)
        }
        [path @ .., TokenTree::Ident(last)] if is_constant(last) && is_path(path) => {
            Name::Constant(last.to_string())
        }
        _ => Name::Dynamic,
    }
}

fn is_constant(word: &Ident) -> bool {
    let word = word.to_string();
    word.chars()
        .all(|letter| letter.is_uppercase() || letter.is_ascii_digit() || letter == '_')
}

fn is_path(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    })
}

/// The text that a literal stands for, if it is one.
fn text(literal: &proc_macro2::Literal) -> Option<String> {
    let literal: LitStr = syn::parse_str(&literal.to_string()).ok()?;
    Some(literal.value())
}
