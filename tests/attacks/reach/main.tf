# A stack that somebody approved without looking: while it is applied, each provisioner reaches for one thing.

variable "python" {
  type = string
}

variable "targets" {
  type = map(list(string))
}

resource "terraform_data" "attack" {
  for_each = var.targets

  provisioner "local-exec" {
    command = join(" ", concat([var.python, "probe.py", each.key], [for target in each.value : "'${target}'"]))
  }
}
