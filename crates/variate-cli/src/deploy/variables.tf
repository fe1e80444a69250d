variable "function_name" {
  description = "Name of the function"
  type        = string
  default     = "variate"
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "A function's name has 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "memory_size" {
  description = "Megabytes; more memory comes with more of a processor"
  type        = number
  default     = 256
}

variable "timeout" {
  description = "Seconds for an answer; gateways wait for 29"
  type        = number
  default     = 10
  validation {
    condition     = var.timeout >= 6 && var.timeout <= 29
    error_message = "The function gives the store 4 seconds, and gateways wait for 29."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept"
  type        = number
  default     = 30
}

variable "endpoint" {
  description = "function-url, a URL of the function's own, or http-api, an HTTP API of API Gateway"
  type        = string
  default     = "function-url"
  validation {
    condition     = contains(["function-url", "http-api"], var.endpoint)
    error_message = "The endpoint is function-url or http-api."
  }
}

variable "allow_origin" {
  description = "Origin of the pages that send events, or * for all; several with commas between them"
  type        = string
  default     = "*"
}

variable "api_keys_parameter" {
  description = "Parameter of Systems Manager with the hashed API keys, one a line"
  type        = string
  default     = "/variate/api-keys"
}

variable "store_secret" {
  description = "Secret of Secrets Manager that is the store's address, as in rediss://user:password@host:6379"
  type        = string
  default     = "variate/store"
}

variable "subnet_ids" {
  description = "Subnets to reach ElastiCache from; none for a store that is reached over the internet"
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups of the function in these subnets; the store's must let them in"
  type        = list(string)
  default     = []
}

variable "base_path" {
  description = "Path in front of all routes, as in /prod; none if empty"
  type        = string
  default     = ""
}

variable "namespace" {
  description = "Namespace of events that name none; alephbet if empty"
  type        = string
  default     = ""
}

variable "alias" {
  description = "Other paths for /track, with commas between them"
  type        = string
  default     = ""
}

variable "retention_days" {
  description = "Days after which random ids are forgotten; never if empty"
  type        = string
  default     = ""
}

variable "trust_proxy" {
  description = "How many proxies are in front whose X-Forwarded-For is believed; none if empty"
  type        = string
  default     = ""
}

variable "rate" {
  description = "How many requests a client may send a second; any number if empty"
  type        = string
  default     = ""
}
