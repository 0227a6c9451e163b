package peer_test

import (
	"bytes"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/peer"
)

func TestSendersAreReadFromSettings(t *testing.T) {
	const mail = `"mail": {"server": "mail.example.org:587", "security": "starttls", "user": "node", "password": "PLANTED-PASSWORD", "from": "office@example.org"}`
	const sms = `"sms": {"hook": "https://gateway.example.org/hook", "key": "UExBTlRFRC1LRVkgb2YgbW9yZSB0aGFuIDMyIGJ5dGVz"}`
	const push = `"push": {"key": "UExBTlRFRC1LRVkgb2YgMzIgYnl0ZXMgZXhhY3RseSE", "contact": "mailto:office@example.org", "services": ["push.example.org:8443"]}`
	all, err := peer.ParseSenders([]byte("{"+mail+","+sms+","+push+"}\n"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, []notify.Channel{notify.Mail, notify.Push, notify.SMS}) {
		t.Fatalf("people are told by %v", got)
	}
	if p := all[notify.Push].(*peer.Push); p.Contact != "mailto:office@example.org" || !slices.Equal(p.Services, []string{"push.example.org:8443"}) || p.Inside {
		t.Errorf("push is %+v", p)
	} else if _, err := p.Public(); err != nil {
		t.Error(err)
	}
	if m := all[notify.Mail].(*peer.Mail); m.Server != "mail.example.org:587" || m.Implicit || m.Plain || m.User != "node" || m.Password != "PLANTED-PASSWORD" || m.From != "office@example.org" {
		t.Errorf("mail is %+v", m)
	}
	if all, err = peer.ParseSenders([]byte("{"+strings.Replace(mail, "starttls", "tls", 1)+"}"), rand.Reader); err != nil || !all[notify.Mail].(*peer.Mail).Implicit {
		t.Errorf("TLS from the start: %v", err)
	}
	for name, c := range map[string]struct{ settings, key string }{
		"no key of VAPID":      {"{" + strings.Replace(push, "UExB", "", 1) + "}", "peer.push.config"},
		"no contact":           {"{" + strings.Replace(push, "mailto:office@example.org", "office@example.org", 1) + "}", "peer.push.config"},
		"a person as contact":  {"{" + strings.Replace(push, "mailto:office@example.org", "mailto:Vera <vera@example.org>", 1) + "}", "peer.push.config"},
		"a service with a way": {"{" + strings.Replace(push, ":8443", "/x", 1) + "}", "peer.push.config"},
		"an empty service":     {"{" + strings.Replace(push, "push.example.org:8443", "", 1) + "}", "peer.push.config"},
		"nothing":              {"", "peer.senders.form"},
		"no way":               {"{}", "peer.senders.form"},
		"another field":        {"{" + strings.Replace(mail, `"user"`, `"PLANTED"`, 1) + "}", "peer.senders.form"},
		"more behind":          {"{" + mail + "} {}", "peer.senders.form"},
		"a number":             {"{" + strings.Replace(mail, `"PLANTED-PASSWORD"`, `1234`, 1) + "}", "peer.senders.form"},
		"no port":              {"{" + strings.Replace(mail, ":587", "", 1) + "}", "peer.mail.config"},
		"no host":              {"{" + strings.Replace(mail, "mail.example.org:", ":", 1) + "}", "peer.mail.config"},
		"a person as sender":   {"{" + strings.Replace(mail, "office@example.org", "Vera <vera@example.org>", 1) + "}", "peer.mail.config"},
		"another encryption":   {"{" + strings.Replace(mail, "starttls", "maybe", 1) + "}", "peer.mail.config"},
		"a password of nobody": {"{" + strings.Replace(mail, `"node"`, `""`, 1) + "}", "peer.mail.config"},
		"plain and far":        {"{" + strings.Replace(mail, "starttls", "plain", 1) + "}", "peer.mail.plain"},
		"plain hook":           {"{" + strings.Replace(sms, "https", "http", 1) + "}", "peer.sms.config"},
		"short key":            {`{"sms": {"hook": "https://gateway.example.org/hook", "key": "UExBTlRFRA=="}}`, "peer.sms.config"},
		"no key":               {`{"sms": {"hook": "https://gateway.example.org/hook", "key": "PLANTED!"}}`, "peer.sms.config"},
	} {
		_, err := peer.ParseSenders([]byte(c.settings), rand.Reader)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.key) || strings.Contains(err.Error(), "PLANTED") {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// FuzzParseSenders: whatever the file says, what cannot work is refused, and no fault repeats it.
func FuzzParseSenders(f *testing.F) {
	for _, s := range []string{
		`{"mail": {"server": "mail.example.org:587", "security": "starttls", "user": "node", "password": "PLANTED", "from": "office@example.org"}}`,
		`{"sms": {"hook": "https://gateway.example.org/hook", "key": "UExBTlRFRC1LRVkgb2YgbW9yZSB0aGFuIDMyIGJ5dGVz"}}`,
		`{"push": {"key": "UExBTlRFRC1LRVkgb2YgMzIgYnl0ZXMgZXhhY3RseSE", "contact": "mailto:office@example.org", "services": ["push.example.org:8443"]}}`,
		`{"mail": null}`, `{} {}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := peer.ParseSenders(b, rand.Reader)
		switch {
		case err == nil && len(all) == 0:
			t.Errorf("%q names no way and is taken", b)
		case err != nil && (!fault.Is(err, fault.Invalid) || bytes.Contains(b, []byte("PLANTED")) && strings.Contains(err.Error(), "PLANTED")):
			t.Errorf("%q: %v", b, err)
		}
		if k, err := peer.ParsePushKey(string(b)); err == nil && k.Curve == nil || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", b, err)
		}
	})
}
