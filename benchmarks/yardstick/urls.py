"""Hand-written answers at the server's own addresses; the usual way beside them."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.yardstick import bare, idiomatic

router = DefaultRouter()
router.register("videos", idiomatic.VideoViewSet)
router.register(r"teams/(?P<slug>[^/]+)/tasks", idiomatic.TaskViewSet, basename="task")
router.register(r"teams/(?P<slug>[^/]+)/activity", idiomatic.ActivityViewSet, basename="record")

SUBTITLES = "videos/<str:video_id>/languages/<str:language_code>/subtitles/"

urlpatterns = [
    path("api/videos/", bare.videos),
    path("api/videos/<str:video_id>/", bare.video),
    path(f"api/{SUBTITLES}", bare.subtitles),
    path("api/teams/<str:slug>/tasks/", bare.tasks),
    path("api/teams/<str:slug>/activity/", bare.activity),
    path(f"keep/{SUBTITLES}<str:format>/", bare.keep),
    path(f"rows/{SUBTITLES}", bare.add_rows),
    path("drf/", include(router.urls)),
    path("drf/videos/<str:video_id>/languages/", idiomatic.address, name="languages"),
    path("drf/videos/<str:video_id>/activity/", idiomatic.address, name="activity"),
    path("drf/videos/<str:video_id>/urls/", idiomatic.address, name="urls"),
    path(
        "drf/videos/<str:video_id>/languages/<str:language_code>/",
        idiomatic.address,
        name="language",
    ),
    path("drf/users/id$<str:public_id>/", idiomatic.address, name="user"),
    path(f"drf/{SUBTITLES}", idiomatic.address, name="subtitles"),
]
