use std::borrow::Cow;

/// How deep arrays and objects may stand in each other.
const DEPTH: usize = 128;

/// For how many fields there is room before they come.
const MOST_FIELDS: usize = 32;

/// A value as it was sent: the order of keys and the text of whole numbers are kept, because a refusal shows them again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(&'a str),
    Float(f64),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// What Python's `json` says of a text that is none, with the character where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

impl<'a> Json<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader {
            text,
            at: 0,
            fields: 0,
        };
        let value = reader.document();
        value.map_err(|(what, offset)| JsonError {
            what,
            at: text.get(..offset).unwrap_or(text).chars().count(),
        })
    }

    /// The field of an object; of several of one name the last, as in Python.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .rev()
                .find_map(|(key, value)| (key == name).then_some(value)),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Json<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

type Failure = (&'static str, usize);

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many fields the last object had: those of a list are alike.
    fields: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Json<'a>, Failure> {
        self.blanks();
        let value = self.value(0)?;
        self.blanks();
        if self.at < self.text.len() {
            Err(("Extra data", self.at))
        } else {
            Ok(value)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, Failure> {
        if depth > DEPTH {
            return Err(("Nested too deep", self.at));
        }
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'n') if self.word("null") => Ok(Json::Null),
            Some(b't') if self.word("true") => Ok(Json::Bool(true)),
            Some(b'f') if self.word("false") => Ok(Json::Bool(false)),
            Some(b'N') if self.word("NaN") => Ok(Json::Float(f64::NAN)),
            Some(b'I') if self.word("Infinity") => Ok(Json::Float(f64::INFINITY)),
            Some(b'-') if self.word("-Infinity") => Ok(Json::Float(f64::NEG_INFINITY)),
            _ => self.number(),
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json<'a>, Failure> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        // No leading zeros: what follows a zero is no part of the number.
        let whole = if self.peek() == Some(b'0') {
            self.at += 1;
            1
        } else {
            self.digits()
        };
        if whole == 0 {
            return Err(("Expecting value", start));
        }
        let mut integer = true;
        let before = self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                self.at = before;
            } else {
                integer = false;
            }
        }
        let before = self.at;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                self.at = before;
            } else {
                integer = false;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if integer {
            return Ok(Json::Integer(text));
        }
        text.parse()
            .map(Json::Float)
            .map_err(|_| ("Expecting value", start))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Failure> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.blanks();
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Failure> {
        self.at += 1;
        let mut fields = Vec::with_capacity(self.fields);
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(fields));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(("Expecting property name enclosed in double quotes", self.at));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.blanks();
            fields.push((key, self.value(depth + 1)?));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    self.fields = fields.len().min(MOST_FIELDS);
                    return Ok(Json::Object(fields));
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Failure> {
        let quote = self.at;
        self.at += 1;
        let mut start = self.at;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            self.at += rest.iter().position(ends).unwrap_or(rest.len());
            let part = self.text.get(start..self.at).unwrap_or_default();
            match self.peek() {
                None => return Err(("Unterminated string starting at", quote)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(part),
                        Some(text) => Cow::Owned(text + part),
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(part);
                    text.push(self.escape(quote)?);
                    start = self.at;
                }
                Some(_) => return Err(("Invalid control character at", self.at)),
            }
        }
    }

    fn escape(&mut self, quote: usize) -> Result<char, Failure> {
        let start = self.at;
        self.at += 1;
        let letter = self
            .peek()
            .ok_or(("Unterminated string starting at", quote))?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex(start)?;
                let before = self.at;
                if (0xd800..0xdc00).contains(&first) && self.word("\\u") {
                    let second = self.hex(start)?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = before;
                }
                // Half a pair of surrogates is no character.
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(("Invalid \\escape", start)),
        })
    }

    fn hex(&mut self, start: usize) -> Result<u32, Failure> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or(("Invalid \\uXXXX escape", start + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, JsonError};

    #[test]
    fn faults_are_told_where_python_tells_them() {
        for (text, what, at) in [
            ("{\"id\": ", "Expecting value", 7),
            ("{", "Expecting property name enclosed in double quotes", 1),
            ("{\"a\" 1}", "Expecting ':' delimiter", 5),
            ("[1 2]", "Expecting ',' delimiter", 3),
            ("[1]]", "Extra data", 3),
            ("\"\u{e9}", "Unterminated string starting at", 0),
            ("[\"\u{e9}\", x]", "Expecting value", 6),
            ("01", "Extra data", 1),
            ("nul", "Expecting value", 0),
        ] {
            assert_eq!(Json::parse(text), Err(JsonError { what, at }), "{text}");
        }
    }

    #[test]
    fn values_are_read() {
        let json =
            Json::parse(r#" {"a": [1, -2.5e3, NaN, "\ud83d\ude00\n", true, null], "a": 7} "#);
        let json = json.as_ref().ok();
        assert_eq!(
            json.and_then(|json| json.get("a")),
            Some(&Json::Integer("7"))
        );
        let deep = "[".repeat(100_000);
        assert_eq!(
            Json::parse(&deep).map_err(|error| error.what),
            Err("Nested too deep")
        );
    }
}
