from subject import Page, Ticket, TicketReader

pages = {
    None: Page([Ticket(1, "open", None), Ticket(2, "closed", "ann")], "b"),
    "b": Page([Ticket(3, "open", "bob")], "c"),
    "c": Page([Ticket(4, "open", None)], None),
}


class Api:
    def fetch(self, cursor):
        return pages[cursor]


reader = TicketReader(Api())
assert [ticket.number for ticket in reader.all_tickets()] == [1, 2, 3, 4]
assert [ticket.number for ticket in reader.unassigned()] == [1, 4]
assert reader.count_by_status() == {"open": 3, "closed": 1}
