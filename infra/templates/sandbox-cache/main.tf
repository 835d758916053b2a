# A Redis cache beside the standard stack. As there, each resource only stands for an AWS one: nothing outside this
# machine changes, and only Terraform's built-in provider is used.

terraform {
  required_version = ">= 1.4"
}

resource "terraform_data" "cache" {
  input = {
    stands_for                 = "aws_elasticache_cluster.cache"
    region                     = var.region
    cluster_id                 = "${var.project}-cache"
    engine                     = "redis"
    node_type                  = var.node_type
    num_cache_nodes            = var.nodes
    transit_encryption_enabled = true
  }
}

resource "terraform_data" "firewall" {
  input = {
    stands_for = "aws_security_group.cache"
    region     = var.region
    name       = "${var.project}-cache"
    ingress    = { from = "aws_security_group.app", port = 6379 }
  }
}
