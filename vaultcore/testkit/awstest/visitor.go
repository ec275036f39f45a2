package awstest

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Visitor is a person at a browser who is asked to sign in, and whether a program
// may act for it.
type Visitor struct {
	// Name is who signs in: a [Person]'s name, or the ARN of a [User] for `aws login`.
	Name string
	// Refuse says no to the program.
	Refuse bool
}

// Answer is the value of the button that the visitor presses.
func (v Visitor) Answer() string {
	if v.Refuse {
		return "refuse"
	}
	return "allow"
}

// PlayVisitor has pages in real browsers answer themselves from now on, as this
// visitor would; nil ends that.
func (s *Server) PlayVisitor(v *Visitor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.played = v
}

// Page is where a visit ended.
type Page struct {
	Address string
	Status  int
	Text    string
}

// NewBrowser is a client with cookies of its own, as [Visitor.Visit] needs.
func NewBrowser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it has no reason to
	}
	return &http.Client{Jar: jar}
}

// Visit opens an address as a browser does, answers what the pages ask, and follows
// where they lead, to a listener of the program in the end. It returns the first
// page that asks nothing.
func (v Visitor) Visit(ctx context.Context, browser *http.Client, address string) (Page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, err
	}
	for range 5 {
		page, err := load(browser, request)
		if err != nil {
			return Page{}, err
		}
		action, form := v.fill(page)
		if form == nil {
			return page, nil
		}
		if request, err = http.NewRequestWithContext(ctx, http.MethodPost, action, strings.NewReader(form.Encode())); err != nil {
			return Page{}, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return Page{}, errors.New("the pages ask without end")
}

func load(browser *http.Client, request *http.Request) (Page, error) {
	reply, err := browser.Do(request)
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return Page{}, fmt.Errorf("cannot read the page: %w", err)
	}
	return Page{reply.Request.URL.String(), reply.StatusCode, string(text)}, nil
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	formRequest = regexp.MustCompile(`name="request" value="([^"]*)"`)
)

// fill is the form of a page with the visitor's answers, and where it goes.
func (v Visitor) fill(page Page) (string, url.Values) {
	action, request := formAction.FindStringSubmatch(page.Text), formRequest.FindStringSubmatch(page.Text)
	base, err := url.Parse(page.Address)
	if action == nil || request == nil || err != nil {
		return "", nil
	}
	target, err := base.Parse(html.UnescapeString(action[1]))
	if err != nil {
		return "", nil
	}
	form := url.Values{"request": {html.UnescapeString(request[1])}, "answer": {v.Answer()}}
	if strings.Contains(page.Text, `<select name="name">`) {
		form.Set("name", v.Name)
	}
	if !strings.Contains(page.Text, `value="`+v.Answer()+`"`) {
		form.Set("answer", "allow") // the page wants to know who it is
	}
	return target.String(), form
}
