use super::goal::{Aggregation, Function, Goal};
use super::{Expression, Operator, Step};
use crate::ep_stats::Mode;

/// How deep parentheses may stand in each other.
const DEPTH: usize = 200;

/// Why a text is no goal expression, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {fault}")]
#[non_exhaustive]
pub struct ExpressionError {
    /// The byte of the text.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a goal expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Something else must stand here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// No such function.
    #[error("no function {0:?}; use value, count or unique")]
    Function(String),
    /// No such aggregation.
    #[error("no aggregation {0:?}; use unit or global")]
    Aggregation(String),
    /// One goal names a dimension twice.
    #[error("dimension {0:?} is named twice; name it once")]
    Dimension(String),
    /// The expression ends before the text does.
    #[error("expected an operator or the end, found {0:?}; remove it")]
    Trailing(String),
    /// Too many parentheses.
    #[error("more than {0} parentheses in each other; simplify the expression")]
    Depth(usize),
}

type Parsed<T> = Result<T, ExpressionError>;

pub(super) fn parse(text: &str, mode: Mode) -> Parsed<Expression> {
    let mut parser = Parser {
        text,
        at: 0,
        mode,
        goals: Vec::with_capacity(1),
        decimal: false,
    };
    if parser.is_single_goal() {
        return Ok(Expression {
            steps: Vec::new(),
            goals: parser.goals,
            conventional: None,
            decimal: false,
        });
    }
    let tokens = parser.tokens()?;
    let steps = match tokens.as_slice() {
        [Token::Operand(Step::Goal(_))] => Vec::new(),
        tokens => postfix(tokens, odd),
    };
    let conventional =
        Some(postfix(&tokens, usual)).filter(|usual| *usual != steps && !steps.is_empty());
    Ok(Expression {
        steps,
        goals: parser.goals,
        conventional,
        decimal: parser.decimal,
    })
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Operand(Step),
    Operator(Operator),
    Open,
    Close,
}

/// The original's precedence: every operator on a level of its own.
fn odd(operator: Operator) -> u8 {
    match operator {
        Operator::Tilde => 1,
        Operator::Plus => 2,
        Operator::Minus => 3,
        Operator::Over => 4,
        Operator::Times => 5,
    }
}

/// The precedence of school.
fn usual(operator: Operator) -> u8 {
    match operator {
        Operator::Tilde | Operator::Plus | Operator::Minus => 1,
        Operator::Over | Operator::Times => 2,
    }
}

/// Dijkstra's shunting yard; all operators associate to the left.
fn postfix(tokens: &[Token], precedence: fn(Operator) -> u8) -> Vec<Step> {
    let mut steps = Vec::with_capacity(tokens.len());
    let mut waiting: Vec<Option<Operator>> = Vec::new();
    for token in tokens {
        match token {
            Token::Operand(step) => steps.push(*step),
            Token::Open => waiting.push(None),
            Token::Close => {
                while let Some(Some(operator)) = waiting.pop() {
                    steps.push(Step::Operator(operator));
                }
            }
            Token::Operator(operator) => {
                while let Some(Some(before)) = waiting.last().copied()
                    && precedence(before) >= precedence(*operator)
                {
                    steps.push(Step::Operator(before));
                    waiting.pop();
                }
                waiting.push(Some(*operator));
            }
        }
    }
    steps.extend(waiting.into_iter().rev().flatten().map(Step::Operator));
    steps
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    goals: Vec<Goal>,
    decimal: bool,
}

impl<'a> Parser<'a> {
    /// Whether all of the text is one goal, as most are; if not, nothing is read.
    fn is_single_goal(&mut self) -> bool {
        self.blanks();
        let is_single = self.goal().is_ok() && {
            self.blanks();
            self.at == self.text.len()
        };
        if !is_single {
            self.at = 0;
            self.goals.clear();
        }
        is_single
    }

    /// The longest beginning of the text that is an expression, or, if corrected, all of it.
    fn tokens(&mut self) -> Parsed<Vec<Token>> {
        let mut tokens = Vec::new();
        // Where the last complete expression outside of parentheses ended: tokens and goals up to there.
        let mut complete: Option<(usize, usize)> = None;
        let mut depth = 0;
        let fault = loop {
            // An operand or an opening parenthesis.
            self.blanks();
            if self.peek() == Some(b'(') {
                if depth == DEPTH {
                    break self.fault(Fault::Depth(DEPTH));
                }
                depth += 1;
                self.at += 1;
                tokens.push(Token::Open);
                continue;
            }
            match self.operand() {
                Ok(step) => tokens.push(Token::Operand(step)),
                Err(fault) => break fault,
            }
            // What closes, then an operator or the end.
            self.blanks();
            while depth > 0 && self.peek() == Some(b')') {
                self.at += 1;
                depth -= 1;
                tokens.push(Token::Close);
                self.blanks();
            }
            if depth == 0 {
                complete = Some((tokens.len(), self.goals.len()));
            }
            let Some(operator) = self.operator() else {
                break match self.text.get(self.at..).unwrap_or_default() {
                    "" if depth == 0 => return Ok(tokens),
                    _ if depth > 0 => self.fault(Fault::Expected("an operator or )")),
                    rest => self.fault(Fault::Trailing(rest.chars().take(20).collect())),
                };
            };
            tokens.push(Token::Operator(operator));
        };
        match complete {
            Some((length, goals)) if self.mode == Mode::Compat => {
                tokens.truncate(length);
                self.goals.truncate(goals);
                Ok(tokens)
            }
            _ => Err(fault),
        }
    }

    fn operand(&mut self) -> Parsed<Step> {
        if matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            self.number()
        } else {
            self.goal()
        }
    }

    fn number(&mut self) -> Parsed<Step> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.take(|byte| byte.is_ascii_digit()).is_empty() {
            return Err(self.fault(Fault::Expected("digits after the -")));
        }
        if self.mode == Mode::Corrected && self.peek() == Some(b'.') {
            self.at += 1;
            self.decimal = true;
            if self.take(|byte| byte.is_ascii_digit()).is_empty() {
                return Err(self.fault(Fault::Expected("digits after the decimal point")));
            }
        }
        let number = self
            .text
            .get(start..self.at)
            .and_then(|text| text.parse().ok());
        number
            .map(Step::Number)
            .ok_or_else(|| self.fault(Fault::Expected("a number")))
    }

    fn goal(&mut self) -> Parsed<Step> {
        let start = self.at;
        let function = self.word(|byte| byte.is_ascii_alphabetic(), "a goal, a number or (")?;
        self.mark(b'(', "( after the function")?;
        let unit_type = self.word(
            |byte| byte.is_ascii_alphabetic() || byte == b'_',
            "a type of unit (letters and _)",
        )?;
        self.mark(b'.', ". after the type of unit")?;
        self.blanks();
        let aggregation_at = self.at;
        let aggregation = self.word(|byte| byte.is_ascii_alphabetic(), "unit or global")?;
        self.mark(b'.', ". after the aggregation")?;
        let name = self.word(is_name, "the name of a goal")?;
        self.blanks();
        let dimensions = if self.peek() == Some(b'(') {
            self.dimensions()?
        } else {
            Vec::new()
        };
        self.mark(b')', ") after the goal")?;
        let function = Function::named(function).ok_or_else(|| ExpressionError {
            offset: start,
            fault: Fault::Function(function.to_owned()),
        })?;
        let aggregation = Aggregation::named(aggregation).ok_or_else(|| ExpressionError {
            offset: aggregation_at,
            fault: Fault::Aggregation(aggregation.to_owned()),
        })?;
        self.goals.push(Goal {
            function,
            unit_type: unit_type.to_owned(),
            aggregation,
            name: name.to_owned(),
            dimensions,
        });
        Ok(Step::Goal(self.goals.len() - 1))
    }

    fn dimensions(&mut self) -> Parsed<Vec<(String, String)>> {
        let mut dimensions: Vec<(String, String)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        self.at += 1;
        loop {
            self.blanks();
            // After the first one, a comma may be the last thing.
            if !dimensions.is_empty() && self.peek() == Some(b')') {
                break;
            }
            let offset = self.at;
            let name = self.word(is_name, "the name of a dimension")?;
            self.blanks();
            let comparison = self.comparison()?;
            let value = self.word(is_value, "the value of a dimension")?;
            if !names.insert(name) {
                return Err(ExpressionError {
                    offset,
                    fault: Fault::Dimension(name.to_owned()),
                });
            }
            dimensions.push((name.to_owned(), format!("{comparison}{value}")));
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        self.mark(b')', ", or ) after the dimension")?;
        Ok(dimensions)
    }

    /// The operator of a dimension as it stands before the value.
    fn comparison(&mut self) -> Parsed<&'static str> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let known = [
            ("<=", "<="),
            (">=", ">="),
            ("!=", "!="),
            ("=^", "^"),
            ("<", "<"),
            (">", ">"),
            ("=", ""),
        ];
        let found = known.into_iter().find(|(text, _)| rest.starts_with(text));
        let (text, kept) =
            found.ok_or_else(|| self.fault(Fault::Expected("one of = =^ != < <= > >=")))?;
        self.at += text.len();
        Ok(kept)
    }

    fn operator(&mut self) -> Option<Operator> {
        let operator = match self.peek()? {
            b'~' => Operator::Tilde,
            b'+' => Operator::Plus,
            b'-' => Operator::Minus,
            b'/' => Operator::Over,
            b'*' => Operator::Times,
            _ => return None,
        };
        self.at += 1;
        Some(operator)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        self.take(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// All bytes of one kind; the kinds are ASCII, so that the cuts are between letters.
    fn take(&mut self, kind: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&kind) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn word(&mut self, kind: impl Fn(u8) -> bool, expected: &'static str) -> Parsed<&'a str> {
        self.blanks();
        match self.take(kind) {
            "" => Err(self.fault(Fault::Expected(expected))),
            word => Ok(word),
        }
    }

    fn mark(&mut self, mark: u8, expected: &'static str) -> Parsed<()> {
        self.blanks();
        if self.peek() != Some(mark) {
            return Err(self.fault(Fault::Expected(expected)));
        }
        self.at += 1;
        Ok(())
    }

    fn fault(&self, fault: Fault) -> ExpressionError {
        ExpressionError {
            offset: self.at,
            fault,
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A blank belongs to the value: `p = x , q=y` asks for `x ` with the blank.
fn is_value(byte: u8) -> bool {
    is_name(byte) || matches!(byte, b'.' | b'%' | b'/' | b'|' | b' ' | b'-')
}
