output "cache" {
  description = "The cache's name."
  value       = terraform_data.cache.output.cluster_id
}
