//! The routes as an AWS Lambda function.
