package console

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
)

// Refusal is a problem as the node told it.
type Refusal struct {
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Kind   string   `json:"kind"`
	Key    string   `json:"key"`
	Fields []string `json:"fields"`
}

// Error returns what the node said.
func (r *Refusal) Error() string { return r.Kind + " " + r.Key }

// Remote says which node is asked and as whom. Every command that asks a node has it.
type Remote struct {
	Session string `env:"OPENTRM_SESSION" type:"path" help:"File of the session. Default: opentrm/session.json in the user's configuration directory."`
}

// Session is a sign-in as it rests in a file of mode 0600.
type Session struct {
	Server string `json:"server"`
	CA     string `json:"ca,omitempty"`
	Token  string `json:"token"`
}

// Path returns the file in which the session rests.
//
// It fails with [fault.Invalid] if none is named and the user has no configuration directory.
func (r Remote) Path() (string, error) {
	if r.Session != "" {
		return r.Session, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "cli.session.none", err)
	}
	return filepath.Join(dir, "opentrm", "session.json"), nil
}

// Open returns a client of the node that was signed in to.
func (r Remote) Open(s *Screen) (*Client, error) {
	path, err := r.Path()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Locked, "cli.session.none")
	}
	var kept Session
	if err := json.Unmarshal(b, &kept); err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.session.none", err)
	}
	return Dial(s, kept)
}

// Keep writes a session to its file.
//
// It fails with [fault.Unavailable] if it cannot be written.
func (r Remote) Keep(kept Session) error {
	path, err := r.Path()
	if err != nil {
		return err
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	return WriteFile(path, b)
}

// Client asks one node.
type Client struct {
	Session
	s    *Screen
	http *http.Client
}

// Dial prepares a client. The token goes over TLS, or to this machine itself.
func Dial(s *Screen, kept Session) (*Client, error) {
	u, err := url.Parse(kept.Server)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "cli.server")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, fault.New(fault.Invalid, "cli.server.plain")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if kept.CA != "" {
		pem, err := os.ReadFile(kept.CA)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", kept.CA)
		}
	}
	return &Client{kept, s, &http.Client{
		Timeout:       30 * time.Minute,
		Transport:     &http.Transport{TLSClientConfig: config, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// patience is how often a request that came too soon after others is sent again, each time when the node says: a script asks faster than a person.
const patience = 5

// Ask sends a request and returns the answer, whose body the caller closes. What the node refuses because it came too soon is
// sent again after the second that it asks for, unless its body can be read only once.
//
// It fails with a refusal as the node said it, and with [fault.Unavailable] if nobody answers.
func (c *Client) Ask(ctx context.Context, method, path, media string, body io.Reader, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.Server+call.Prefix+path, body)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.server", err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if body != nil {
		r.Header.Set("Content-Type", media)
	}
	r.Header.Set("Accept-Language", string(c.s.Printer().Tag()))
	for left := patience; ; left-- {
		answer, said, err := c.once(r)
		if said == nil || said.Key != tooSoon || left == 0 || r.Body != nil && r.GetBody == nil {
			if said != nil {
				return nil, said
			}
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, said
		case <-time.After(time.Second):
		}
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, said
			}
		}
	}
}

// tooSoon is what a node says to whoever asks faster than it answers one person (package call).
const tooSoon = "api.rate"

// once sends a request and returns the answer, or the refusal.
func (c *Client) once(r *http.Request) (*http.Response, *Refusal, error) {
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, "cli.unreachable", err).With("server", c.Server)
	}
	if answer.StatusCode < 300 {
		return answer, nil, nil
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	said := &Refusal{}
	if err != nil || json.Unmarshal(b, said) != nil || said.Kind == "" {
		return nil, nil, fault.New(fault.Unavailable, "cli.stranger").With("server", c.Server)
	}
	return nil, said, nil
}

// Call asks in JSON. In and out may be nil.
func (c *Client) Call(method, path string, in, out any) error {
	_, err := c.CallWith(method, path, in, out, nil)
	return err
}

// CallWith is [Client.Call] with headers of its own, and returns those of the answer.
func (c *Client) CallWith(method, path string, in, out any, header http.Header) (http.Header, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	answer, err := c.Ask(c.s.Context, method, path, "application/json", body, header)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if out == nil {
		return answer.Header, nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<20)).Decode(out); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "cli.stranger", err).With("server", c.Server)
	}
	return answer.Header, nil
}

// All fetches every page of a list.
func All[T any](c *Client, path string) ([]T, error) {
	items := []T{}
	after := ""
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		q := "?limit=500"
		if after != "" {
			q += "&after=" + url.QueryEscape(after)
		}
		if err := c.Call(http.MethodGet, path+q, nil, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items, nil
		}
		after = page.Next
	}
}

// Seg puts a word into a path.
func Seg[T ~string](word T) string { return "/" + url.PathEscape(string(word)) }

// Show prints an answer as it came.
func Show(s *Screen, r Remote, path string) error {
	node, err := r.Open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.Call(http.MethodGet, path, nil, &out); err != nil {
		return err
	}
	return s.Raw(out)
}

// Do asks for something that has no answer but that it was done.
func Do(s *Screen, r Remote, method, path string, body any, said string) error {
	node, err := r.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(method, path, body, nil); err != nil {
		return err
	}
	return s.Done(said)
}

// UntilNothingIsLeft asks for a long work, some at a time.
func UntilNothingIsLeft(s *Screen, c Remote, what, path, end string) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	bar := s.Progress(what)
	defer bar.End()
	total := int64(0)
	err = Repeat(node, path, func(left int64) {
		total = max(total, left)
		bar.At(total-left, total)
	})
	if err != nil {
		return err
	}
	return s.Done(end)
}

// Repeat asks for a long work, some at a time, until nothing is left of it.
func Repeat(node *Client, path string, told func(left int64)) error {
	for {
		var out struct {
			Left int64 `json:"left"`
		}
		if err := node.Call(http.MethodPost, path, nil, &out); err != nil {
			return err
		}
		if told(out.Left); out.Left == 0 {
			return nil
		}
	}
}

// ReadObject reads a file of JSON that the node looks at.
func ReadObject(s *Screen, file string) (json.RawMessage, error) {
	b, err := ReadFile(s, file)
	if err == nil && !json.Valid(b) {
		err = fault.New(fault.Invalid, "cli.json").With("file", file)
	}
	return b, err
}

// Version makes the header that says at which version a change was read.
func Version(read string) http.Header { return http.Header{"If-Match": {`"` + read + `"`}} }

// At names the version at which a change is asked for: the one given, or the present one of what lies at path.
func (c *Client) At(given, path string) (http.Header, error) {
	if given != "" {
		return http.Header{"If-Match": {`"` + given + `"`}}, nil
	}
	answer, err := c.CallWith(http.MethodGet, path, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	return http.Header{"If-Match": {answer.Get("ETag")}}, nil
}

// Tag returns the version of which the head of an answer speaks.
func Tag(head http.Header) string { return strings.Trim(head.Get("ETag"), `"`) }
