output "cluster" {
  description = "The cluster's name."
  value       = terraform_data.cluster.output.name
}

output "queue" {
  description = "The queue's name."
  value       = terraform_data.queue.output.name
}

output "region" {
  description = "Where it stands."
  value       = var.region
}

# Out of the block that is kept for examples (RFC 5737): nobody answers there.
output "address" {
  description = "The address that the project's names have to point to."
  value       = "203.0.113.10"
}
