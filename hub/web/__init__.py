"""The web side: thin endpoints that unpack a request, call one function of the pipeline and answer."""
