package cli

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
	"time"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/fault"
)

// refusal is a problem as the node told it.
type refusal struct {
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Kind   string   `json:"kind"`
	Key    string   `json:"key"`
	Fields []string `json:"fields"`
}

// Error returns what the node said.
func (r *refusal) Error() string { return r.Kind + " " + r.Key }

// remote says which node is asked and as whom. Every command that asks a node has it.
type remote struct {
	Session string `env:"OPENTRM_SESSION" type:"path" help:"File of the session. Default: opentrm/session.json in the user's configuration directory."`
}

// session is a sign-in as it rests in a file of mode 0600.
type session struct {
	Server string `json:"server"`
	CA     string `json:"ca,omitempty"`
	Token  string `json:"token"`
}

func (r remote) path() (string, error) {
	if r.Session != "" {
		return r.Session, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "cli.session.none", err)
	}
	return filepath.Join(dir, "opentrm", "session.json"), nil
}

// open returns a client of the node that was signed in to.
func (r remote) open(s *screen) (*client, error) {
	path, err := r.path()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Locked, "cli.session.none")
	}
	var kept session
	if err := json.Unmarshal(b, &kept); err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.session.none", err)
	}
	return dial(s, kept)
}

func (r remote) keep(kept session) error {
	path, err := r.path()
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
	return writeFile(path, b)
}

// client asks one node.
type client struct {
	session
	s    *screen
	http *http.Client
}

// dial prepares a client. The token goes over TLS, or to this machine itself.
func dial(s *screen, kept session) (*client, error) {
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
	return &client{kept, s, &http.Client{
		Timeout:       30 * time.Minute,
		Transport:     &http.Transport{TLSClientConfig: config, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// ask sends a request and returns the answer, whose body the caller closes.
//
// It fails with a refusal as the node said it, and with [fault.Unavailable] if nobody answers.
func (c *client) ask(ctx context.Context, method, path, media string, body io.Reader, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.Server+api.Prefix+path, body)
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
	r.Header.Set("Accept-Language", string(c.s.printer().Tag()))
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "cli.unreachable", err).With("server", c.Server)
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	said := &refusal{}
	if err != nil || json.Unmarshal(b, said) != nil || said.Kind == "" {
		return nil, fault.New(fault.Unavailable, "cli.stranger").With("server", c.Server)
	}
	return nil, said
}

// call asks in JSON. In and out may be nil.
func (c *client) call(method, path string, in, out any) error {
	_, err := c.callWith(method, path, in, out, nil)
	return err
}

func (c *client) callWith(method, path string, in, out any, header http.Header) (http.Header, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	answer, err := c.ask(c.s.ctx, method, path, "application/json", body, header)
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

// all fetches every page of a list.
func all[T any](c *client, path string) ([]T, error) {
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
		if err := c.call(http.MethodGet, path+q, nil, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items, nil
		}
		after = page.Next
	}
}

// seg puts a word into a path.
func seg[T ~string](word T) string { return "/" + url.PathEscape(string(word)) }

// show prints an answer as it came.
func show(s *screen, r remote, path string) error {
	node, err := r.open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.call(http.MethodGet, path, nil, &out); err != nil {
		return err
	}
	return s.raw(out)
}

// do asks for something that has no answer but that it was done.
func do(s *screen, r remote, method, path string, body any, said string) error {
	node, err := r.open(s)
	if err != nil {
		return err
	}
	if err := node.call(method, path, body, nil); err != nil {
		return err
	}
	return s.done(said)
}

// untilNothingIsLeft asks for a long work, some at a time.
func untilNothingIsLeft(s *screen, c remote, what, path, end string) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	bar := s.progress(what)
	defer bar.end()
	total := int64(0)
	err = repeat(node, path, func(left int64) {
		total = max(total, left)
		bar.at(total-left, total)
	})
	if err != nil {
		return err
	}
	return s.done(end)
}

// repeat asks for a long work, some at a time, until nothing is left of it.
func repeat(node *client, path string, told func(left int64)) error {
	for {
		var out struct {
			Left int64 `json:"left"`
		}
		if err := node.call(http.MethodPost, path, nil, &out); err != nil {
			return err
		}
		if told(out.Left); out.Left == 0 {
			return nil
		}
	}
}

// readObject reads a file of JSON that the node looks at.
func readObject(s *screen, file string) (json.RawMessage, error) {
	b, err := readFile(s, file)
	if err == nil && !json.Valid(b) {
		err = fault.New(fault.Invalid, "cli.json").With("file", file)
	}
	return b, err
}

func version(read string) http.Header { return http.Header{"If-Match": {`"` + read + `"`}} }

// at names the version at which a change is asked for: the one given, or the present one of what lies at path.
func (c *client) at(given, path string) (http.Header, error) {
	if given != "" {
		return http.Header{"If-Match": {`"` + given + `"`}}, nil
	}
	answer, err := c.callWith(http.MethodGet, path, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	return http.Header{"If-Match": {answer.Get("ETag")}}, nil
}
