package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/notify"
)

// hear looks whether anybody would be told: how, at which desks, and who of them would not be.
func hear(s *console.Screen, n *node.Node, add func(what, found, state string)) error {
	who := access.Console(n.Member)
	var ways []string
	for _, c := range slices.Sorted(maps.Keys(n.Notices.Senders)) {
		ways = append(ways, string(c))
	}
	if len(ways) == 0 {
		add("people are told by", "nothing: no senders file was given", "look")
	} else {
		add("people are told by", strings.Join(ways, ", "), "ok")
	}
	desks, err := n.Notices.Hear(s.Context, who)
	if err != nil {
		return err
	}
	accounts, err := n.Signin.List(s.Context, who)
	if err != nil {
		return err
	}
	logins := map[id.User]string{}
	for _, a := range accounts {
		logins[a.ID] = a.Login
	}
	for _, h := range desks {
		if !h.Planned {
			add(fmt.Sprintf("duty of the desk %s", h.Desk), "nobody from now on: every member is told of everything", "look")
		}
		found, state := heard(h, logins, len(ways) > 0)
		add(fmt.Sprintf("told at the desk %s", h.Desk), found, state)
	}
	return nil
}

// heard says in a line who is told at a desk. A desk where nothing reaches anybody is bad where the node could tell.
func heard(h notify.Hearing, logins map[id.User]string, could bool) (found, state string) {
	var deaf []string
	for _, u := range h.Deaf {
		deaf = append(deaf, logins[u])
	}
	slices.Sort(deaf)
	without := strings.TrimSuffix("; no address: "+strings.Join(deaf, ", "), "; no address: ")
	switch told := len(h.Meant) - len(h.Deaf); {
	case told > 0:
		return fmt.Sprintf("%d of %d", told, len(h.Meant)) + without, map[bool]string{true: "ok", false: "look"}[len(deaf) == 0]
	case could:
		return "nobody" + without, "bad"
	}
	return "nobody" + without, "look"
}
