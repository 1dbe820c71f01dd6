"""What tests of whole runs share: the command line, services to run it against, cases kept as folders."""
