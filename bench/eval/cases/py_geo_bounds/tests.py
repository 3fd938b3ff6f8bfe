from subject import Bounds, Position, bounds_of, distance_km, position_of

berlin, lyon = Position(52.52, 13.405), Position(45.764, 4.8357)
assert position_of({"geometry": berlin.to_geojson()}) == berlin
box = bounds_of([berlin, lyon])
assert box == Bounds(south=45.764, west=4.8357, north=52.52, east=13.405)
assert box.contains(berlin) and box.contains(Position(50, 10)) and not box.contains(Position(10, 50))
assert Bounds(-89.5, 10, 0, 179.5).padded(1) == Bounds(-90, 9, 1, 180)
assert box.to_bbox() == [4.8357, 45.764, 13.405, 52.52]
assert abs(distance_km(berlin, lyon) - 973) < 5
assert distance_km(lyon, lyon) == 0
for broken in (lambda: bounds_of([]), lambda: Position(91, 0), lambda: position_of({"geometry": {"type": "Line"}})):
    try:
        broken()
    except ValueError:
        pass
    else:
        raise AssertionError("no ValueError")
