"""What happens to a thing: accept, process, route, resolve, render, deliver; read the files in that order."""
