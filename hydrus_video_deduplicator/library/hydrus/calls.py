"""What messages say of the calls that are made: their names mean nothing to a user."""

IN_WORDS = {
    "/client_info": "asking whether Hydrus is idle",
    "/manage_pages/new_page": "making a page",
    "/manage_popups/add_popup": "showing a popup",
    "/manage_popups/finish_and_dismiss_popup": "finishing the popup",
    "/manage_popups/finish_popup": "finishing the popup",
    "/manage_popups/get_popups": "looking for the popup",
    "/manage_popups/update_popup": "updating the popup",
    "add_files_to_page": "adding files to the page",
    "add_tags": "writing tags",
    "get_api_version": "asking for the version",
    "get_file": "reading the file",
    "get_file_metadata": "asking about files",
    "get_file_path": "asking where the file is",
    "get_file_relationships": "reading pairs back",
    "get_potentials_count": "counting the pairs that wait",
    "get_pages": "looking for the page",
    "get_services": "asking for the services",
    "remove_potentials": "taking pairs back",
    "request_new_permissions": "requesting a key",
    "search_files": "searching for files",
    "search_tags": "counting the tags",
    "set_file_relationships": "posting pairs",
    "verify_access_key": "asking what the key may do",
}
"""By the name of the method of hydrus-api, or the path where it has none."""


def in_words(call: str) -> str:
    """Such as `searching for files`."""
    return IN_WORDS.get(call, call)
