//! A warehouse that is not on the same machine.

use postgres::{Client, NoTls};
use serde_json::json;
use variate::Sink;
use variate_warehouse::{PostgresSink, WarehouseError};

use crate::postgres_server::{Server, certificate};
use crate::writing::event;

#[test]
fn events_are_written_over_an_encrypted_connection() {
    let server = Server::start_with_tls();
    let mut client = Client::connect(&server.url(), NoTls).unwrap();
    let mut count = |query: &str| client.query_one(query, &[]).unwrap().get::<_, i64>(0);
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = 'variate'";
    let mut plain = PostgresSink::new(&server.url()).unwrap();
    plain.create_tables().unwrap();
    assert_eq!(count(encrypted), 0);

    let certificate = server.certificate();
    let url = format!(
        "{}?sslmode=verify-full&sslrootcert={}",
        server.url(),
        certificate.display()
    );
    let mut sink = PostgresSink::new(&url).unwrap();
    sink.write(&[event(&json!({}))]).unwrap();
    assert_eq!(count("SELECT count(*) FROM variate_events"), 1);
    assert_eq!(count(encrypted), 1);
}

#[test]
fn a_warehouse_that_cannot_be_verified_gets_nothing() {
    let server = Server::start_with_tls();
    let directory = tempfile::tempdir().unwrap();
    let (other, _) = certificate(directory.path());
    let told = |url: &str, certificate: &std::path::Path| {
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!(
            "{url}{separator}sslmode=require&sslrootcert={}",
            certificate.display()
        );
        let mut sink = PostgresSink::new(&url).unwrap().attempts(1);
        sink.write(&[event(&json!({}))]).unwrap_err().to_string()
    };
    let untrusted = told(&server.url(), &other);
    assert!(
        untrusted.contains("UnknownIssuer (none that is trusted"),
        "{untrusted}"
    );
    let elsewhere = server.url().replace("@127.0.0.1", "@warehouse.example");
    let misnamed = told(
        &format!("{elsewhere}?hostaddr=127.0.0.1"),
        &server.certificate(),
    );
    assert!(
        misnamed.contains("not valid for name \"warehouse.example\""),
        "{misnamed}"
    );

    let without = Server::start();
    let refused = told(&without.url(), &other);
    assert!(refused.contains("server does not support TLS"), "{refused}");
    let error =
        PostgresSink::new("host=host sslmode=require sslrootcert=/nowhere.pem").unwrap_err();
    assert!(matches!(error, WarehouseError::Certificates(_)), "{error}");
}
