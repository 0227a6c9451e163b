package node

import (
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/store"
)

// wireConferences makes what several desks hold about one case.
func (n *Node) wireConferences() {
	n.Conferences = &conference.Service{
		Write: store.Writer[conference.Tx](n.DB), Read: store.Reader[conference.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Cases: n.Cases, Tasks: n.Tasks, Law: n.Law,
	}
	n.Cases.Unreleased = n.Conferences.UnreleasedIn
}
