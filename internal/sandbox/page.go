package sandbox

import (
	"html"
	"net/http"
	"strings"
)

// unknownRoute is what Express answers when nothing serves a request.
func unknownRoute(c *call) reply {
	const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>%</pre>
</body>
</html>
`
	what := html.EscapeString("Cannot " + c.Method + " " + c.URL.EscapedPath())
	return notFoundPage(strings.Replace(page, "%", what, 1))
}

// foreignPage is what a web server says that has nothing to do with chat.
func foreignPage() reply {
	return notFoundPage(`<html>
<head><title>Page not found - Parcel Tracking</title></head>
<body><h1>Page not found</h1><p>Try our <a href="/">front page</a>.</p></body>
</html>
`)
}

func notFoundPage(text string) reply {
	return reply{
		status: http.StatusNotFound,
		header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body:   []byte(text),
	}
}
