"""Calls a server with the client that openapi-python-client has generated."""

import sys

import httpx
from spoor_client import Client
from spoor_client.api.default import (
    create_collection,
    delete_trajectories,
    delete_trajectory,
    drop_collection,
    get_readiness,
    get_trajectory,
    list_trajectories,
    search_range,
    search_similar,
)
from spoor_client.models import (
    Collection,
    CollectionOrder,
    DeleteAnswer,
    DeleteOrder,
    Filter,
    LineString,
    Polygon,
    PolygonType,
    Problem,
    QueryByCoords,
    QueryById,
    RangeAnswer,
    RangeRequest,
    RangeRequestIncludeItem,
    Ready,
    SimilarAnswer,
    SimilarRequest,
    StoredRecord,
    TrajectoryList,
)


def check(what, kind):
    assert isinstance(what, kind), what
    return what


def main(url):
    client = Client(base_url=url)
    check(get_readiness.sync(client=client), Ready)
    check(create_collection.sync("py", client=client, body=CollectionOrder()), Collection)
    lines = "".join(
        '{"id":"%s","object":"cab","tags":{"m":"n"},"coords":%s}\n'
        % (name, [[0.0005 * i, 51.5, 1000 + i] for i in range(60)])
        for name in "ab"
    )
    # Generators know no lines of JSON.
    written = httpx.post(
        f"{url}/v1/collections/py/trajectories",
        content=lines,
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert written.json()["accepted"] == 2, written.text

    by_id = check(
        search_similar.sync("py", client=client, body=SimilarRequest(query=QueryById(id="a"))), SimilarAnswer
    )
    assert [hit.id for hit in by_id.hits] == ["b"], by_id
    coords = QueryByCoords(coords=[[0.0005 * i, 51.5] for i in range(60)])
    by_coords = check(search_similar.sync("py", client=client, body=SimilarRequest(query=coords)), SimilarAnswer)
    assert len(by_coords.hits) == 2, by_coords

    square = Polygon(type_=PolygonType.POLYGON, coordinates=[[[-1, 51], [1, 51], [1, 52], [-1, 52], [-1, 51]]])
    include = [RangeRequestIncludeItem.GEOMETRY, RangeRequestIncludeItem.TAGS]
    order = RangeRequest(filter_=Filter(polygon=square), include=include)
    inside = check(search_range.sync("py", client=client, body=order), RangeAnswer)
    assert [hit.id for hit in inside.hits] == ["a", "b"], inside
    assert isinstance(inside.hits[0].geometry, LineString), inside.hits[0]
    assert inside.hits[0].tags["m"] == "n", inside.hits[0]
    check(list_trajectories.sync("py", client=client, bbox="-1,51,1,52"), TrajectoryList)

    check(get_trajectory.sync("py", "a", client=client), StoredRecord)
    check(get_trajectory.sync("py", "none", client=client), Problem)
    assert delete_trajectory.sync_detailed("py", "a", client=client).status_code == 204
    doomed = DeleteOrder(filter_=Filter(objects=["cab"]))
    assert check(delete_trajectories.sync("py", client=client, body=doomed), DeleteAnswer).deleted == 1
    assert drop_collection.sync_detailed("py", client=client).status_code == 204


main(sys.argv[1])
print("the Python client does")
