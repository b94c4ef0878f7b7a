from jinja2 import Environment, FileSystemLoader

pages = Environment(loader=FileSystemLoader("pages"), autoescape=True)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [pages.get_template("note.html").render(path=environ["PATH_INFO"]).encode()]
