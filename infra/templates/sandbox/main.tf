# A stack that changes nothing outside this machine. Each resource's input names the AWS resource that it stands
# for, with the attributes that matter for its cost and its safety. Only Terraform's built-in provider is used.

terraform {
  required_version = ">= 1.4"
}

locals {
  # Public subnets and public addresses: a NAT gateway alone would cost more than all the tasks.
  service = {
    region           = var.region
    launch_type      = "FARGATE"
    cpu              = var.container_cpu
    memory           = var.container_memory
    assign_public_ip = true
  }
}

resource "terraform_data" "cluster" {
  input = {
    stands_for = "aws_ecs_cluster.main"
    region     = var.region
    name       = var.project
  }
}

resource "terraform_data" "database" {
  input = {
    stands_for          = "aws_rds_instance.postgres"
    region              = var.region
    identifier          = "${var.project}-postgres"
    engine              = "postgres"
    engine_version      = var.database_version
    instance_class      = var.database_size
    allocated_storage   = var.database_storage
    storage_type        = "gp2"
    storage_encrypted   = true
    multi_az            = false
    publicly_accessible = false
  }
}

resource "terraform_data" "queue" {
  input = {
    stands_for       = "aws_sqs_queue.jobs"
    region           = var.region
    name             = "${var.project}-${var.queue}"
    million_requests = var.million_requests
  }
}

resource "terraform_data" "images" {
  input = {
    stands_for   = "aws_ecr_repository.app"
    region       = var.region
    name         = "${var.project}-app"
    scan_on_push = true
    image_gb     = var.image_gb
  }
}

resource "terraform_data" "role" {
  for_each = {
    ecs_task           = "what the application may do: its queue, its mail, its logs"
    ecs_task_execution = "what Fargate may do to start a task: pull the image, write logs"
    ecs_task_schedule  = "what the scheduler may do: start the daily digest"
  }

  input = {
    stands_for  = "aws_iam_role.${each.key}"
    name        = "${var.project}-${each.key}"
    description = each.value
  }
}

resource "terraform_data" "firewall" {
  for_each = {
    app          = { from = var.web_open_to, port = 443 }
    app_database = { from = "aws_security_group.app", port = 5432 }
  }

  input = {
    stands_for = "aws_security_group.${each.key}"
    region     = var.region
    name       = "${var.project}-${each.key}"
    ingress    = each.value
  }
}

resource "terraform_data" "web" {
  input = merge(local.service, {
    stands_for    = "aws_ecs_service.web"
    name          = "${var.project}-web"
    desired_count = var.web_tasks
    cluster       = terraform_data.cluster.output.name
  })
}

resource "terraform_data" "worker" {
  input = merge(local.service, {
    stands_for    = "aws_ecs_service.worker"
    name          = "${var.project}-worker"
    desired_count = var.worker_tasks
    cluster       = terraform_data.cluster.output.name
    queue         = terraform_data.queue.output.name
  })
}

resource "terraform_data" "logs" {
  input = {
    stands_for        = "aws_cloudwatch_log_group.app"
    region            = var.region
    name              = "/${var.project}"
    retention_in_days = 30
    log_gb            = var.log_gb
  }
}
