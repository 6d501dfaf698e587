"""A stand-in, on loopback, for the part of AWS that the `eb` client talks to.

    server                              which service a request is for; the record of all calls
    platforms  applications             Elastic Beanstalk's actions: what there is,
    changes  views                      what changes an environment, and what shows it
    storage  roles                      S3 and IAM, as far as the client needs them
    operations  events  hosted          what takes its time, what is said of it, what came of it
    query  settings                     the protocol, and options by namespace and name
    environment                         whom the work is handed to
    client                              the real `eb`, in a clone of the checkout
    proof                               what `make eb-client` finds out

It knows nothing of instances: what a deployment does is up to the `Environment` it is given.
"""
