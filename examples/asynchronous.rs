//! Three ways to branch in async code, with any runtime or none.
//! `cargo run --example asynchronous --features derive`
#![allow(clippy::unused_async, reason = "the searches stand in for real ones")]

use std::future::Future;
use std::pin::Pin;

use variate::{Variants, context, experiment};

#[derive(Variants)]
enum Search {
    #[variant(control)]
    Keywords,
    Semantic,
}

async fn by_keywords(query: &str) -> String {
    format!("pages with {query}")
}

async fn by_meaning(query: &str) -> String {
    format!("pages about {query}")
}

/// `assign` and an exhaustive `match`: the branches are ordinary async code.
async fn search(user_id: u64, query: &str) -> String {
    let exp = experiment("search", context! { user_id: user_id });
    let found = match exp.assign::<Search>() {
        Search::Keywords => by_keywords(query).await,
        Search::Semantic => by_meaning(query).await,
    };
    exp.track("searched");
    found
}

type Page<'q> = Pin<Box<dyn Future<Output = String> + Send + 'q>>;

/// Behaviours that return futures: only the chosen one is made, and runs where it is awaited.
async fn search_by_closures(user_id: u64, query: &str) -> String {
    experiment("search", context! { user_id: user_id })
        .use_(|| Box::pin(by_keywords(query)) as Page<'_>)
        .variant("semantic", || Box::pin(by_meaning(query)) as Page<'_>)
        .run()
        .await
}

/// The same with `run_async`: hooks and nesting last until the future's end, and not only until it is made.
async fn search_within_hooks(user_id: u64, query: &str) -> String {
    experiment("search", context! { user_id: user_id })
        .use_(|| Box::pin(by_keywords(query)) as Page<'_>)
        .variant("semantic", || Box::pin(by_meaning(query)) as Page<'_>)
        .run_async()
        .await
}

fn main() {
    for user_id in 1..=4 {
        let found = pollster::block_on(search(user_id, "pills"));
        assert_eq!(
            found,
            pollster::block_on(search_by_closures(user_id, "pills"))
        );
        assert_eq!(
            found,
            pollster::block_on(search_within_hooks(user_id, "pills"))
        );
        println!("user {user_id} finds {found}");
    }
}
