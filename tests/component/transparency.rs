//! A component is its arm: nobody who calls it can tell the difference.

use proptest::prelude::*;
use variate::component::{Assigned, Fixed, RoundRobin, Sticky};

use crate::support::{Around, Counted, Log, Resources, Time};

#[variate::component]
trait Machine {
    #[measure(step = by, state = |state| *state)]
    fn step(&mut self, #[key] by: i32) -> Result<i32, String>;
    fn peek(&self, #[key] id: i32) -> i32;
    fn trace(&self, #[key] id: i32) -> &[i32];
    fn reset(&mut self, #[key] id: i32);
}

/// A small machine whose every answer depends on all that was done before.
#[derive(Debug, Clone, PartialEq)]
struct Steps {
    factor: i32,
    state: i32,
    trace: Vec<i32>,
}

impl Steps {
    fn new(factor: i32) -> Self {
        Self {
            factor,
            state: 1,
            trace: Vec::new(),
        }
    }
}

impl Machine for Steps {
    fn step(&mut self, by: i32) -> Result<i32, String> {
        self.state = self.state.wrapping_mul(self.factor).wrapping_add(by);
        self.trace.push(by);
        if self.state % 7 == 0 {
            return Err(format!("{} is a multiple of seven", self.state));
        }
        Ok(self.state)
    }
    fn peek(&self, id: i32) -> i32 {
        self.state ^ id
    }
    fn trace(&self, _: i32) -> &[i32] {
        &self.trace
    }
    fn reset(&mut self, _: i32) {
        *self = Self::new(self.factor);
    }
}

#[derive(Debug, Clone)]
enum Act {
    Step(i32),
    Peek(i32),
    Trace,
    Reset,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => any::<i32>().prop_map(Act::Step),
        2 => any::<i32>().prop_map(Act::Peek),
        1 => Just(Act::Trace),
        1 => Just(Act::Reset),
    ]
}

fn perform(machine: &mut impl Machine, act: &Act) -> String {
    match act {
        Act::Step(by) => format!("{:?}", machine.step(*by)),
        Act::Peek(id) => machine.peek(*id).to_string(),
        Act::Trace => format!("{:?}", machine.trace(0)),
        Act::Reset => {
            machine.reset(0);
            String::new()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_component_does_what_its_arm_does(
        acts in prop::collection::vec(act(), 0..40),
        arm in 0_usize..4,
        measured in any::<bool>(),
    ) {
        let arms = [3, 5, 11, 13].map(Steps::new);
        let names = ["three", "five", "eleven", "thirteen"];
        let mut alone = arms[arm].clone();
        let [three, five, eleven, thirteen] = arms;
        let builder = MachineExperiment::builder("machine")
            .control(names[0], three)
            .arm(names[1], five)
            .arm_boxed(names[2], Box::new(eleven) as Box<dyn Machine>)
            .arm_boxed(names[3], Box::new(thirteen))
            .selector(Fixed::to(names[arm]));
        let log = Log::default();
        let mut component: Box<dyn FnMut(&Act) -> String> = if measured {
            let mut component = builder
                .collect(Counted)
                .collect(Around("around", log.clone()))
                .collect(Resources("resources", log.clone()))
                .collect(Time("time", log.clone()))
                .recorder(log.clone())
                .build()
                .unwrap();
            Box::new(move |act| perform(&mut component, act))
        } else {
            let mut component = builder.build().unwrap();
            Box::new(move |act| perform(&mut component, act))
        };
        for act in &acts {
            prop_assert_eq!(component(act), perform(&mut alone, act));
        }
    }

    #[test]
    fn whichever_arm_is_selected_the_call_is_its(
        acts in prop::collection::vec(act(), 0..40),
        selector in 0..3,
    ) {
        // Arms that all do the same: it cannot matter how they are chosen, as long as each is called in turn.
        let mut all = [Steps::new(3), Steps::new(3)];
        let selected = Log::default();
        let arm = |name: &'static str| Named(name, Steps::new(3), selected.clone());
        let builder = MachineExperiment::builder("machine").control("a", arm("a")).arm("b", arm("b"));
        let mut component: Box<dyn Machine> = match selector {
            0 => Box::new(builder.selector(RoundRobin::new()).build().unwrap()),
            1 => Box::new(builder.selector(Sticky::new()).build().unwrap()),
            _ => Box::new(builder.selector(Assigned::by(variate::Config::default())).build().unwrap()),
        };
        for act in &acts {
            let got = match act {
                Act::Step(by) => format!("{:?}", component.step(*by)),
                Act::Peek(id) => component.peek(*id).to_string(),
                Act::Trace => format!("{:?}", component.trace(0)),
                Act::Reset => { component.reset(0); String::new() }
            };
            let lines = selected.take();
            prop_assert_eq!(lines.len(), 1);
            let expected = perform(&mut all[usize::from(lines[0] == "b")], act);
            prop_assert_eq!(got, expected);
        }
    }
}

/// A machine that tells when it is called.
struct Named(&'static str, Steps, Log);

impl Machine for Named {
    fn step(&mut self, by: i32) -> Result<i32, String> {
        self.2.add(self.0);
        self.1.step(by)
    }
    fn peek(&self, id: i32) -> i32 {
        self.2.add(self.0);
        self.1.peek(id)
    }
    fn trace(&self, id: i32) -> &[i32] {
        self.2.add(self.0);
        self.1.trace(id)
    }
    fn reset(&mut self, id: i32) {
        self.2.add(self.0);
        self.1.reset(id);
    }
}
