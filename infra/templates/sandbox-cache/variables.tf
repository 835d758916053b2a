variable "project" {
  description = "The project's short name; it begins the name of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.project))
    error_message = "Small letters, digits and hyphens, 2 to 31 of them, a letter first."
  }
}

variable "region" {
  description = "The AWS region that the cache would stand in."
  type        = string

  validation {
    condition     = contains(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"], var.region)
    error_message = "One of us-east-1, us-west-2, eu-west-1, eu-central-1."
  }
}

variable "node_type" {
  description = "The ElastiCache node type."
  type        = string
  default     = "cache.t3.micro"
}

variable "nodes" {
  description = "How many nodes; the cache holds nothing that can't be made again."
  type        = number
  default     = 1
}
