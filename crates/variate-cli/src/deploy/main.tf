# variate, the collector of experiment events, as a function with its store on Redis or Valkey.
#
#   terraform init
#   AWS_REGION=eu-central-1 terraform apply
#
# or as a module of a configuration that has a provider of its own.
#
# Secrets are looked up when it is applied. They are not in here; they are in Terraform's state, as all that it reads is:
# keep the state where only those who may know them can read it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.4"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.28"
    }
  }
}

locals {
  # Those that are empty are not set.
  more = {
    VARIATE_BASE_PATH      = var.base_path
    VARIATE_NAMESPACE      = var.namespace
    VARIATE_ALIAS          = var.alias
    VARIATE_RETENTION_DAYS = var.retention_days
    VARIATE_TRUST_PROXY    = var.trust_proxy
    VARIATE_RATE           = var.rate
  }
  has_url   = var.endpoint == "function-url"
  is_in_vpc = length(var.subnet_ids) > 0
  url       = local.has_url ? aws_lambda_function_url.collector[0].function_url : "${aws_apigatewayv2_api.collector[0].api_endpoint}/"
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_secretsmanager_secret_version" "store" {
  secret_id = var.store_secret
}

data "aws_ssm_parameter" "api_keys" {
  name = var.api_keys_parameter
}

data "archive_file" "function" {
  type             = "zip"
  source_file      = "${path.module}/function/bootstrap"
  output_path      = "${path.module}/function.zip"
  output_file_mode = "0755"
}

resource "aws_cloudwatch_log_group" "collector" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_days
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "collector" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.collector.arn}:*"]
  }

  # What AWS needs to put the function into the subnets; it cannot be narrowed to resources.
  dynamic "statement" {
    for_each = local.is_in_vpc ? [1] : []
    content {
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  # AWS does, the function's own code does not.
  dynamic "statement" {
    for_each = local.is_in_vpc ? [1] : []
    content {
      effect    = "Deny"
      actions   = ["ec2:*"]
      resources = ["*"]
      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values = [
          "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:function:${var.function_name}"
        ]
      }
    }
  }
}

resource "aws_iam_role" "collector" {
  name_prefix        = substr("${var.function_name}-", 0, 38)
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "collector" {
  name   = "collector"
  role   = aws_iam_role.collector.id
  policy = data.aws_iam_policy_document.collector.json
}

resource "aws_lambda_function" "collector" {
  function_name    = var.function_name
  description      = "Counts events of experiments"
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256
  role             = aws_iam_role.collector.arn
  memory_size      = var.memory_size
  timeout          = var.timeout

  environment {
    variables = merge({ for name, value in local.more : name => value if value != "" }, {
      VARIATE_STORE        = data.aws_secretsmanager_secret_version.store.secret_string
      VARIATE_API_KEYS     = data.aws_ssm_parameter.api_keys.value
      VARIATE_ALLOW_ORIGIN = var.allow_origin
      # Seconds for the store: less than the function has, so that it still answers.
      VARIATE_TIMEOUT = "4"
    })
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.collector.name
  }

  dynamic "vpc_config" {
    for_each = local.is_in_vpc ? [1] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  depends_on = [aws_iam_role_policy.collector]
}

resource "aws_lambda_function_url" "collector" {
  count         = local.has_url ? 1 : 0
  function_name = aws_lambda_function.collector.function_name
  # Pages send events without credentials; the function itself asks for API keys where they are due.
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "url_may_be_called" {
  count                  = local.has_url ? 1 : 0
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.collector.function_name
  function_url_auth_type = "NONE"
  principal              = "*"
}

resource "aws_lambda_permission" "url_may_invoke" {
  count                    = local.has_url ? 1 : 0
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.collector.function_name
  invoked_via_function_url = true
  principal                = "*"
}

resource "aws_apigatewayv2_api" "collector" {
  count         = local.has_url ? 0 : 1
  name          = var.function_name
  protocol_type = "HTTP"
  # One route for all paths, on the stage $default.
  target = aws_lambda_function.collector.arn
}

resource "aws_lambda_permission" "api_may_invoke" {
  count         = local.has_url ? 0 : 1
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.collector.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.collector[0].execution_arn}/*"
}
