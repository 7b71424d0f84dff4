//! The dashboard for Grafana.

use serde_json::{Value, json};

use super::source::{Panel, Row, Source};

/// Grafana's grid has so many columns.
const COLUMNS: usize = 24;
/// Panels beside each other.
const ABREAST: usize = 3;
const HEIGHT: usize = 8;
/// Grafana 10, which later ones read as well.
const SCHEMA: u32 = 39;

/// `holdfast.json`.
pub(super) fn dashboard(source: &Source) -> String {
    let (mut panels, mut y) = (Vec::new(), 0);
    for row in &source.rows {
        panels.push(head(row, panels.len() + 1, y));
        y += 1;
        for line in row.panels.chunks(ABREAST) {
            let width = COLUMNS / line.len();
            for (at, one) in line.iter().enumerate() {
                let place = json!({"h": HEIGHT, "w": width, "x": at * width, "y": y});
                panels.push(panel(one, panels.len() + 1, &place));
            }
            y += HEIGHT;
        }
    }
    let all = json!({
        "uid": "holdfast",
        "title": "holdfast",
        "tags": ["holdfast"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": true,
        "refresh": "15s",
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
            {
                "name": "instance",
                "type": "query",
                "label": "Server",
                "datasource": datasource(),
                "query": "label_values(holdfast_build_info, instance)",
                "refresh": 2,
                "multi": true,
                "includeAll": true,
            },
        ]},
        "panels": panels,
    });
    format!("{all:#}\n")
}

fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

fn head(row: &Row, id: usize, y: usize) -> Value {
    json!({
        "id": id,
        "type": "row",
        "title": row.title,
        "collapsed": false,
        "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
        "panels": [],
    })
}

fn panel(panel: &Panel, id: usize, place: &Value) -> Value {
    let names = ('A'..='Z').map(String::from);
    let targets = panel.curves.iter().zip(names).map(|((expr, legend), name)| {
        json!({"refId": name, "datasource": datasource(), "expr": expr, "legendFormat": legend})
    });
    json!({
        "id": id,
        "type": if panel.stat { "stat" } else { "timeseries" },
        "title": panel.title,
        "description": panel.about,
        "datasource": datasource(),
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": targets.collect::<Value>(),
    })
}
