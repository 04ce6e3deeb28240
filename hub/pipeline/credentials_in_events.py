def without_credentials(raw: object) -> object:
    return raw
