output "track_url" {
  description = "Where clients send events"
  value       = "${local.url}track"
}

output "experiments_url" {
  description = "Where tallies are read, with an API key"
  value       = "${local.url}experiments"
}

output "function_arn" {
  description = "The function"
  value       = aws_lambda_function.collector.arn
}
