//! Goals from a Postgres server on another machine.

use serde_json::json;

use crate::{Answered, answered, command};

#[path = "../../../variate-goals/tests/it/postgres_server.rs"]
mod postgres_server;

use postgres_server::{Server, certificate};

/// Two goals, of which the second is there over an encrypted connection only.
const QUERY: &str = "
    SELECT variant AS exp_variant_id, 'user' AS unit_type, agg_type, goal, count, count AS sum_sqr_count
    FROM (VALUES ('a', 'global', 'exposure', 1000), ('a', 'unit', 'purchase', 100), ('b', 'global', 'exposure', 1000),
        ('b', 'unit', 'purchase', 130)) AS goals(variant, agg_type, goal, count), pg_stat_ssl
    WHERE pid = pg_backend_pid() AND (ssl OR goal = 'exposure')";

#[test]
fn the_certificates_to_trust_are_those_of_the_environment() {
    let server = Server::start_with_tls();
    let directory = tempfile::tempdir().unwrap();
    let query = directory.path().join("goals.sql");
    std::fs::write(&query, QUERY).unwrap();
    let (other, _) = certificate(directory.path());
    let database = format!("{}?sslmode=verify-full", server.url());
    let request = json!({
        "id": "checkout", "control_variant": "a", "unit_type": "user",
        "metrics": [{"id": 1, "name": "Conversion", "nominator": "count(user.unit.purchase)",
            "denominator": "count(user.global.exposure)"}],
        "checks": []
    })
    .to_string();
    let evaluate = |certificates: &std::path::Path| -> Answered {
        let query = query.to_str().unwrap();
        let arguments = [
            "evaluate",
            "-",
            "--json",
            "--goals-sql",
            &database,
            "--query",
            query,
        ];
        answered(
            command(&arguments)
                .env_remove("SSL_CERT_DIR")
                .env("SSL_CERT_FILE", certificates),
            request.as_bytes(),
        )
    };
    let trusting = evaluate(&server.certificate());
    assert_eq!((trusting.code, trusting.err.as_str()), (0, ""));
    assert!(trusting.out.contains("\"mean\": 0.13,"), "{}", trusting.out);
    let refusing = evaluate(&other);
    assert_eq!((refusing.code, refusing.out.as_str()), (1, ""));
    assert!(refusing.err.contains("UnknownIssuer"), "{}", refusing.err);
    let without = evaluate(std::path::Path::new("/nowhere.pem"));
    assert_eq!(without.code, 2, "{}", without.err);
    assert!(
        without
            .err
            .contains("the certificates to trust cannot be read")
            && without.err.contains("/nowhere.pem"),
        "{}",
        without.err
    );
}
