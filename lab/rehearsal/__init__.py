"""The rehearsal: a deployment to Elastic Beanstalk, played on this machine.

`environment` is what an environment does when it is created, deployed to and terminated; `instance`
is one of its machines, `steps` the order of things there. `lab.balancer` and `resources` stand for
the load balancer and the engines. `load` uses all of it meanwhile, and `record` counts what went
wrong. docs/rehearsal.md says what this proves and what it cannot.
"""
