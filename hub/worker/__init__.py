"""Workers: the broker as a doorbell, actors that answer it, duties that run by themselves."""
