package peer_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/peer"
)

// office is a real mail server on loopback that keeps what it is given.
type office struct {
	address string
	trust   *tls.Config

	mu      sync.Mutex
	letters []string
	refuse  *smtp.SMTPError // of the next recipients
	secure  []bool          // whether each letter came over TLS
}

func (o *office) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	return &visit{o, secure}, nil
}

type visit struct {
	*office
	encrypted bool
}

func (v *visit) Reset()                               {}
func (v *visit) Logout() error                        { return nil }
func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		return v.refuse
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.letters = append(v.letters, string(b))
	v.secure = append(v.secure, v.encrypted)
	return err
}

func (o *office) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string{}, o.letters...)
}

// open starts a mail server: with STARTTLS, with TLS from the start, or plain.
func open(t *testing.T, starttls, implicit bool) *office {
	t.Helper()
	cert, pool := serverCertificate(t)
	o := &office{trust: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	s := smtp.NewServer(o)
	s.Domain, s.ReadTimeout, s.WriteTimeout = "localhost", 5*time.Second, 5*time.Second
	secure := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if starttls {
		s.TLSConfig = secure
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, secure)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return o
}

func TestMail(t *testing.T) {
	message := notify.Message{Channel: notify.Mail, To: "duty@example.org", Subject: "md-7k2p чека", Body: "Најавете се: https://node.example/\nmd-7k2p", Urgent: true}
	for name, c := range map[string]struct {
		starttls, implicit, plain bool
		want                      fault.Kind
		ok                        bool
	}{
		"STARTTLS":           {starttls: true, ok: true},
		"TLS from the start": {implicit: true, ok: true},
		"plain on loopback":  {plain: true, ok: true},
		"STARTTLS taken out": {want: fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, c.starttls, c.implicit)
			m := &peer.Mail{Server: o.address, Implicit: c.implicit, Plain: c.plain, From: "office@example.org", TLS: o.trust}
			err := m.Send(t.Context(), message)
			if !c.ok {
				if !fault.Is(err, c.want) || len(o.all()) != 0 {
					t.Fatalf("got %v and %d letters, want %v and none", err, len(o.all()), c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			letters := o.all()
			if len(letters) != 1 || o.secure[0] == c.plain && !c.implicit {
				t.Fatalf("%d letters, over TLS: %v", len(letters), o.secure)
			}
			checkLetter(t, letters[0], message)
		})
	}
}

func checkLetter(t *testing.T, letter string, want notify.Message) {
	t.Helper()
	l, err := mail.ReadMessage(strings.NewReader(letter))
	if err != nil {
		t.Fatalf("%v\n%s", err, letter)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(l.Header.Get("Subject"))
	if err != nil || subject != want.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(l.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != want.Body {
		t.Errorf("body %q, %v", body, err)
	}
	for name, value := range map[string]string{"From": "<office@example.org>", "To": "<" + want.To + ">", "Auto-Submitted": "auto-generated", "Importance": "high"} {
		if got := l.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if l.Header.Get("Message-Id") == "" || l.Header.Get("Date") == "" {
		t.Errorf("no identifier or date:\n%s", letter)
	}
}

// TestMailRefused: who can be told later is told later; an address that will never work is said to be one.
func TestMailRefused(t *testing.T) {
	o := open(t, true, false)
	m := &peer.Mail{Server: o.address, From: "office@example.org", TLS: o.trust}
	for _, c := range []struct {
		name   string
		refuse *smtp.SMTPError
		to     string
		want   fault.Kind
	}{
		{"no such mailbox", &smtp.SMTPError{Code: 550, Message: "no"}, "gone@example.org", fault.Invalid},
		{"greylisted", &smtp.SMTPError{Code: 451, Message: "later"}, "duty@example.org", fault.Unavailable},
		{"a name in the address", nil, "Vera <vera@example.org>", fault.Invalid},
		{"two lines", nil, "a@example.org\r\nBcc: b@example.org", fault.Invalid},
		{"no address", nil, "nobody", fault.Invalid},
	} {
		o.mu.Lock()
		o.refuse = c.refuse
		o.mu.Unlock()
		if err := m.Send(t.Context(), notify.Message{To: c.to, Subject: "s", Body: "b"}); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	stranger := &peer.Mail{Server: o.address, From: "office@example.org", TLS: &tls.Config{RootCAs: x509.NewCertPool()}}
	if err := stranger.Send(t.Context(), notify.Message{To: "duty@example.org", Subject: "s", Body: "b"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
	far := &peer.Mail{Server: "192.0.2.1:25", Plain: true, From: "office@example.org"}
	if err := far.Send(t.Context(), notify.Message{To: "duty@example.org", Subject: "s", Body: "b"}); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "peer.mail.plain") {
		t.Errorf("plain to a far server: %v", err)
	}
	if n := len(o.all()); n != 0 {
		t.Errorf("%d letters were taken", n)
	}
}

// TestNoNameLeavesInAMail writes to a desk on a real node with a real mail server: the mail says that there is
// something, never what and never about whom. How it sends mail is read from a file of settings.
func TestNoNameLeavesInAMail(t *testing.T) {
	o := open(t, false, false)
	senders, err := peer.ParseSenders([]byte(`{"mail": {"server": "`+o.address+`", "security": "plain", "from": "office@example.org"}}`), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").With(func(c *node.Config) { c.Senders = senders }))
	md, mk := n.Node("MD"), n.Node("MK")
	ana := mk.As("ana")
	if err := mk.Notices.Set(t.Context(), ana.Actor, "", notify.Setting{
		User: ana.User, Channel: notify.Mail, Address: "duty@example.org", Zone: "Europe/Skopje", Language: lang.Tag("mk"),
	}); err != nil {
		t.Fatal(err)
	}
	sent := write(t, md, "MK")
	n.Run()
	letters := o.all()
	if len(letters) != 1 {
		t.Fatalf("%d mails left, want 1\n%s", len(letters), mk.Logs)
	}
	decoded, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(letters[0])))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append(strings.Fields(planted), string(sent.Thread), "MD", "focal-point", "ana") {
		if strings.Contains(letters[0], secret) || strings.Contains(string(decoded), secret) {
			t.Errorf("%q left the node:\n%s", secret, decoded)
		}
	}
	if !strings.Contains(string(decoded), "http://"+mk.PeopleAddress()) {
		t.Errorf("the mail does not say where to sign in:\n%s", decoded)
	}
	for _, x := range n.Nodes {
		for _, secret := range strings.Fields(planted) {
			if strings.Contains(x.Logs.String(), secret) {
				t.Errorf("%q is in the log of %s", secret, x.Member)
			}
		}
	}
}
