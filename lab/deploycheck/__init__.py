"""The check before a deployment: what Elastic Beanstalk would make of this tree.

`strict` reads `.ebextensions`, `synthesis` builds the CloudFormation template, `lint` and `rules`
judge it, `bundle` looks at what would be uploaded, `changes` at what an update would replace,
`plan` tells. A workshop tool: it needs cfn-lint and a checkout, and no instance has either.
"""
