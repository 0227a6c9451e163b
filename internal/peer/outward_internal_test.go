package peer

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// What is not of the open network is reached by no address that somebody outside chose.
func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"142.250.1.95": true, "2a00:1450:4001::5f": true, "17.57.144.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fc00::1": false, "fd12::1": false,
		"169.254.169.254": false, "fe80::1": false, "100.64.0.1": false, "198.18.0.1": false, "192.0.0.192": false,
		"224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001:0:a00:1::": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(address).Unmap()); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// Whatever passed the look at an address, a webhook's line to this machine is not begun: a name may lead there.
func TestNoWebhookLineToThisMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan struct{}, 9)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(came)
				return
			}
			_ = c.Close()
			came <- struct{}{}
		}
	}()
	for _, c := range []struct{ loopback, inside, refused bool }{{false, false, true}, {false, true, true}, {true, false, false}} {
		w := &Webhook{Loopback: c.loopback}
		a, err := outwardTo(w.allows(c.inside), time.Second, nil).Get("https://" + l.Addr().String())
		if err == nil {
			_ = a.Body.Close()
		}
		if errors.Is(err, errInside) != c.refused {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_ = l.Close()
	n := 0
	for range came {
		n++
	}
	if n != 1 {
		t.Errorf("%d lines were begun, want one, of the test", n)
	}
}
