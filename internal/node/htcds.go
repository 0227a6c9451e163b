package node

import "github.com/opentrm/opentrm/internal/htcds"

// wireHTCDS makes what writes cases in the standard.
func (n *Node) wireHTCDS() error {
	table, err := htcds.Shipped()
	n.HTCDS = &htcds.Service{Cases: n.Cases, Forms: n.Forms, Plans: n.Careplans, Table: table}
	return err
}
