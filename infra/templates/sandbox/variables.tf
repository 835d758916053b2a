variable "project" {
  description = "The project's short name; it begins the name of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.project))
    error_message = "Small letters, digits and hyphens, 2 to 31 of them, a letter first."
  }
}

variable "region" {
  description = "The AWS region that the stack would stand in."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = contains(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"], var.region)
    error_message = "One of us-east-1, us-west-2, eu-west-1, eu-central-1."
  }
}

variable "database_size" {
  description = "The RDS instance class."
  type        = string
  default     = "db.t3.micro"

  validation {
    condition     = contains(["db.t3.micro", "db.t3.small", "db.t3.medium"], var.database_size)
    error_message = "One of db.t3.micro, db.t3.small, db.t3.medium."
  }
}

variable "database_version" {
  description = "PostgreSQL's major version."
  type        = string
  default     = "16"
}

variable "database_storage" {
  description = "GB of gp2 storage; RDS gives 20 at least."
  type        = number
  default     = 20

  validation {
    condition     = var.database_storage >= 20 && var.database_storage <= 1000
    error_message = "Between 20 and 1000 GB."
  }
}

variable "container_cpu" {
  description = "CPU units of one Fargate task; 1024 are one vCPU."
  type        = number
  default     = 256

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.container_cpu)
    error_message = "One of 256, 512, 1024, 2048, 4096."
  }
}

variable "container_memory" {
  description = "MiB of memory of one Fargate task."
  type        = number
  default     = 512

  validation {
    condition     = var.container_memory >= 512 && var.container_memory <= 30720
    error_message = "Between 512 and 30720 MiB."
  }
}

variable "web_tasks" {
  description = "How many tasks answer the web: two, so that one zone may fail."
  type        = number
  default     = 2
}

variable "worker_tasks" {
  description = "How many tasks take jobs off the queue."
  type        = number
  default     = 1
}

variable "web_open_to" {
  description = "Whom the web's port is open to."
  type        = string
  default     = "the internet"

  validation {
    condition     = contains(["the internet", "the client's network", "the project's own network"], var.web_open_to)
    error_message = "One of the internet, the client's network, the project's own network."
  }
}

variable "queue" {
  description = "The name of the queue of jobs."
  type        = string
  default     = "jobs"
}

# The use that the higher end of the cost estimate is computed for.

variable "million_requests" {
  description = "Millions of queue requests a month."
  type        = number
  default     = 1
}

variable "image_gb" {
  description = "GB of container images kept."
  type        = number
  default     = 2
}

variable "log_gb" {
  description = "GB of logs written a month."
  type        = number
  default     = 2
}
