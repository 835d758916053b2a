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
